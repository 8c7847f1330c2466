import { lineTo } from '../processes/line.ts'
import type { BurstOrder, BurstResult } from './burst.ts'
import type { Setting } from './setting.ts'

/** The servers of all guards, in a process of their own. */
export interface ServerProcess {
  /** Where each guard's app listens, in the order of the settings. */
  ports: readonly number[]
  /** Microseconds of CPU it has used. */
  cpu(): Promise<number>
  stop(): void
}

/** Starts the servers. */
export async function serverProcess(settings: readonly Setting[]): Promise<ServerProcess> {
  const line = lineTo(new URL('./server-process.ts', import.meta.url), [JSON.stringify(settings)])
  const { ports } = await line.answer<{ ports: number[] }>()
  return {
    ports,
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
  const line = lineTo(new URL('./load-process.ts', import.meta.url))
  return { burst: (order) => line.ask(order), stop: line.end }
}
