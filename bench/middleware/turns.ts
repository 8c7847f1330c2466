import { type Figures, figuresOf } from '../report/figures.ts'
import { rotated } from '../report/statistics.ts'
import { type LoadProcess, type ServerProcess, serverProcess } from './processes.ts'
import type { Setting } from './setting.ts'

/** What a guard's server did in one round. */
interface Turn {
  requestsPerSecond: number
  /** Microseconds of CPU per request. */
  cpu: number
}

/** The figures of all guards, by name, round by round. */
export type Turns = Figures<string, Turn>

const generations = 4
const rounds = 4
const warmUpMs = 1000
const turnMs = 400

/**
 * Sends bursts to one server after the other, round by round. All servers are started anew a few
 * times, since two processes of the very same program differ by up to a tenth for as long as they
 * live.
 */
export async function takeTurns(
  settings: readonly Setting[],
  { load, request }: { load: LoadProcess; request: string },
): Promise<Turns> {
  const turns = new Map<string, Turn[]>(settings.map(({ guard }) => [guard, []]))
  for (let generation = 0; generation < generations; generation += 1) {
    const servers = await Promise.all(rotated(settings, generation).map(serverProcess))
    for (const server of servers) await takeTurn(server, warmUpMs)
    for (let round = 0; round < rounds; round += 1) {
      for (const server of rotated(servers, round)) {
        turns.get(server.setting.guard)?.push(await takeTurn(server, turnMs))
      }
    }
    for (const server of servers) server.stop()
  }

  async function takeTurn(server: ServerProcess, milliseconds: number): Promise<Turn> {
    const cpuBefore = await server.cpu()
    const order = { port: server.port, request, connections: 16, milliseconds }
    const { answered, seconds } = await load.burst(order)
    const cpu = ((await server.cpu()) - cpuBefore) / answered
    return { requestsPerSecond: answered / seconds, cpu }
  }

  return figuresOf(turns)
}
