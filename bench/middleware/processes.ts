import { lineTo } from '../processes/line.ts'
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
  const line = lineTo(new URL('./server-process.ts', import.meta.url), [JSON.stringify(setting)])
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
  const line = lineTo(new URL('./load-process.ts', import.meta.url))
  return { burst: (order) => line.ask(order), stop: line.end }
}
