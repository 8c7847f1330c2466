import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A service's command, and what to run it with. */
export interface ServiceCommand {
  name: string
  /** A shell command. */
  command: string
  /** The folder to run it in. */
  folder: string
  /** All of its environment. */
  env: NodeJS.ProcessEnv
}

/** A service that was started. */
export interface ServiceProcess {
  name: string
  /** The shell, the service, and whatever that started. */
  group: ProcessGroup
  /** Resolves once the command has ended: with its exit code, or the signal that ended it. */
  exit: Promise<number | NodeJS.Signals>
}

/** One line that a service wrote. */
export interface LogLine {
  service: string
  stream: 'stdout' | 'stderr'
  line: string
}

/**
 * Starts a service in a process group of its own: Ctrl-C in the terminal then reaches the command
 * alone, which stops the services in order, and with one signal all that a shell started is reached.
 */
export async function startService(
  service: ServiceCommand,
  onLine: (line: LogLine) => void,
): Promise<ServiceProcess> {
  const { name, command, folder: cwd, env } = service
  const child = spawn(command, {
    cwd,
    env,
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  const exit = exitOf(child)
  readLines(child.stdout, (line) => onLine({ service: name, stream: 'stdout', line }))
  readLines(child.stderr, (line) => onLine({ service: name, stream: 'stderr', line }))
  return { name, group: createProcessGroup(child.pid as number), exit }
}

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const [code, signal] = await once(child, 'exit')
  return code ?? signal
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
}

/** A process and all that it started, unless one of those left for a group of its own. */
export interface ProcessGroup {
  /** Sends a signal to each. */
  signal(signal: NodeJS.Signals): void
  /** Whether none is left. Once true it stays so: the number may be another's by then. */
  isGone(): boolean
}

/**
 * The group that a process leads.
 *
 * @param pid of its leader, which was started `detached`. On Windows, which has no groups, it is
 *   that process alone
 */
function createProcessGroup(pid: number): ProcessGroup {
  const target = process.platform === 'win32' ? pid : -pid
  let gone = false

  function reach(signal: NodeJS.Signals | 0): void {
    if (gone) return
    try {
      process.kill(target, signal)
    } catch {
      gone = true
    }
  }
  return {
    signal: reach,
    isGone: () => {
      reach(0)
      return gone
    },
  }
}
