import type { Program } from './_client.ts'
import { behind, startFence } from './_fence.ts'
import { run } from './_run.ts'
import type { World } from './_world.ts'

/** What a client's program did. */
export interface Outcome {
  /** As whom its call arrived, as the receiver told it. */
  readonly as?: string
  /** Which of Google's hosts it asked first. */
  readonly fixedHost?: string
  /** What it said where it failed. */
  readonly error?: string
}

/** Runs a client's program as login's process. */
export async function outcomeOf(program: Program, world: World): Promise<Outcome> {
  const { exitCode, stdout, stderr, hosts } = await runAsLogin(program, world)
  const [, as] = /asked\W+(\w\S+?@[\w.-]+)/.exec(stdout) ?? []
  const [fixedHost] = hosts
  return {
    ...(exitCode === 0 && as !== undefined && { as }),
    ...(fixedHost !== undefined && { fixedHost }),
    ...(exitCode !== 0 && { error: stderr.slice(-500) }),
  }
}

/** What a client's program says of lines of input, one line each. */
export async function verdictsOf(
  program: Program,
  { world, lines }: { world: World; lines: readonly string[] },
): Promise<string[]> {
  const input = lines.map((line) => `${line}\n`).join('')
  const { stdout, stderr } = await runAsLogin({ ...program, input }, world)
  return (stdout || stderr).trim().split('\n')
}

async function runAsLogin(program: Program & { input?: string }, { emulator, home }: World) {
  await using fence = await startFence()
  const surroundings = { PATH: process.env.PATH, HOME: home, ...emulator.env('login') }
  const env = { ...surroundings, ...behind(fence), ...program.env }
  const ended = await run({ ...program, env })
  return { ...ended, hosts: [...fence.hosts] }
}
