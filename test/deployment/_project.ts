/** examples/cloud-run, as somebody has it who copied it. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root: string = fileURLToPath(new URL('../..', import.meta.url))
export const example: string = join(root, 'examples/cloud-run')

export const run = promisify(execFile)

/** A file of the example. */
export async function read(file: string): Promise<string> {
  return readFile(join(example, file), 'utf8')
}

/** A copy whose imports are the packages' sources. */
export async function copyProject(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(root, 'test/.examples-'))
  await cp(example, folder, { recursive: true })
  return { folder, remove: () => rm(folder, { recursive: true }) }
}

/** What `countersign policy iam --json` prints for the example's policy. */
export interface Grant {
  service: string
  member: string
}

/** Runs the command, from the sources. */
export async function countersign(...args: string[]): Promise<string> {
  const flags = ['--conditions=@countersign/source', join(root, 'packages/cli/src/main.ts')]
  return (await run(process.execPath, [...flags, ...args], { cwd: example })).stdout
}

/** The grants of the example's policy. */
export async function grantsOfPolicy(): Promise<Grant[]> {
  return JSON.parse(await countersign('policy', 'iam', '-e', 'prod', '--json'))
}
