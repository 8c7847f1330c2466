import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** A program to run. */
export interface Command {
  readonly args: readonly [program: string, ...rest: string[]]
  readonly cwd?: string
  /** The whole environment, or this process's own. */
  readonly env?: NodeJS.ProcessEnv
  /** Its standard input. Left out: none. */
  readonly input?: string
}

/** What became of it. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; one that hangs is killed. */
export async function run(command: Command, timeoutMs = 60_000): Promise<Ended> {
  const { args, input = '', ...options } = command
  const [program, ...rest] = args
  const child = spawn(program, rest, { ...options, timeout: timeoutMs, killSignal: 'SIGKILL' })
  child.stdin.on('error', () => {}) // it may end without reading
  child.stdin.end(input)
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const [stdout, stderr, [exitCode]] = await ended
  return { exitCode, stdout, stderr }
}

/** Runs a program that has to succeed. Resolves with what it said. */
export async function mustRun(command: Command, timeoutMs?: number): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, timeoutMs)
  if (exitCode === 0) return stdout
  throw new Error(`${command.args.join(' ')} ended with ${exitCode}: ${stderr.slice(-2_000)}`)
}
