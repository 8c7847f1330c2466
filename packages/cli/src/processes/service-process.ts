import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A service's command, and how to run it. */
export interface ServiceCommand {
  name: string
  /** A shell command. */
  command: string
  /** The folder to run it in. */
  folder: string
  /** The complete environment of the command. */
  env: NodeJS.ProcessEnv
}

/** A service that was started. */
export interface ServiceProcess {
  name: string
  /** The shell, the service, and all processes that they started. */
  group: ProcessGroup
  /** Resolves when the command has ended: with its exit code, or with the signal that ended it. */
  exit: Promise<number | NodeJS.Signals>
}

/** One line that a service wrote. */
export interface LogLine {
  service: string
  stream: 'stdout' | 'stderr'
  line: string
}

/**
 * Starts a service in a process group of its own. So Ctrl-C in the terminal reaches only this command, which
 * then stops the services in order, and one signal reaches all processes that a shell started.
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

/** A process and all processes that it started, except those that moved to a group of their own. */
export interface ProcessGroup {
  /** Sends a signal to each process. */
  signal(signal: NodeJS.Signals): void
  /** Whether no process is left. Stays true: another group could have the same id later. */
  isGone(): boolean
}

/**
 * Returns the process group of a leader.
 *
 * @param pid of the leader, which was started `detached`. Windows has no process groups: there the group is
 *   only this process
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
