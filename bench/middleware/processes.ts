import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { BurstOrder, BurstResult } from './burst.ts'
import type { Setting } from './setting.ts'

/** A server in its own process. */
export interface ServerProcess {
  setting: Setting
  port: number
  /** Microseconds of CPU it has used. */
  cpu(): Promise<number>
  stop(): void
}

/** Starts a server. */
export async function serverProcess(setting: Setting): Promise<ServerProcess> {
  const line = lineTo('./server-process.ts', [JSON.stringify(setting)])
  const { port } = await line.answer<{ port: number }>()
  return {
    setting,
    port,
    cpu: async () => (await line.ask<{ cpu: number }>('cpu')).cpu,
    stop: line.end,
  }
}

/** The client in its own process. */
export interface LoadProcess {
  burst(order: BurstOrder): Promise<BurstResult>
  stop(): void
}

/** Starts the client. */
export function loadProcess(): LoadProcess {
  const line = lineTo('./load-process.ts', [])
  return { burst: (order) => line.ask(order), stop: line.end }
}

/** A process that answers one question at a time. */
interface Line {
  answer<T>(): Promise<T>
  ask<T>(message: object | string): Promise<T>
  end(): void
}

function lineTo(file: string, args: string[]): Line {
  // Denials are logged on stdout; there must be none, and they are not this table's.
  const stdio: ('ignore' | 'inherit' | 'ipc')[] = ['ignore', 'ignore', 'inherit', 'ipc']
  const child = fork(new URL(file, import.meta.url), args, { stdio })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`)
  })
  ended.catch(() => {})

  async function answer<T>(): Promise<T> {
    const [message] = await Promise.race([once(child, 'message'), ended])
    return message as T
  }

  return {
    answer,
    ask(message) {
      const answered = answer<never>()
      child.send(message)
      return answered
    },
    end: () => child.disconnect(),
  }
}
