import type { Started } from './command.ts'

/** The numbers of processes that services have written as `pids 1 2`, once so many have. */
export async function pidsOf({ said }: Pick<Started, 'said'>, services: number): Promise<number[]> {
  const pids = await said(new RegExp(`(?:pids [\\d ]+[^]*){${services}}`))
  return [...pids[0].matchAll(/pids ([\d ]+)/g)].flatMap(([, ids = '']) =>
    ids.split(' ').map(Number),
  )
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
