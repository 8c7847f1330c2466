import { median, rotated } from '../report/statistics.ts'
import type { LoadProcess, ServerProcess } from './processes.ts'

/** One server's figures, round by round. */
export interface Turn {
  requestsPerSecond: number
  /** Microseconds of CPU per request. */
  cpu: number
}

/** All servers' figures. */
export interface Turns {
  /** The median of a figure. */
  median(server: ServerProcess, figure: keyof Turn): number
  /** The median of one server's figure against another's of the same round. */
  ratio(server: ServerProcess, other: ServerProcess, figure: keyof Turn): number
}

const rounds = 11
const warmUpMs = 1500
const turnMs = 500

/** Sends bursts to one server after the other, round by round, after a longer one to warm each up. */
export async function takeTurns(
  servers: readonly ServerProcess[],
  { load, request }: { load: LoadProcess; request: string },
): Promise<Turns> {
  const turns = new Map<ServerProcess, Turn[]>(servers.map((server) => [server, []]))
  for (const server of servers) await takeTurn(server, warmUpMs)
  for (let round = 0; round < rounds; round += 1) {
    for (const server of rotated(servers, round)) {
      turns.get(server)?.push(await takeTurn(server, turnMs))
    }
  }

  async function takeTurn(server: ServerProcess, milliseconds: number): Promise<Turn> {
    const cpuBefore = await server.cpu()
    const order = { port: server.port, request, connections: 16, milliseconds }
    const { answered, seconds } = await load.burst(order)
    const cpu = ((await server.cpu()) - cpuBefore) / answered
    return { requestsPerSecond: answered / seconds, cpu }
  }

  const figures = (server: ServerProcess, figure: keyof Turn) =>
    (turns.get(server) ?? []).map((turn) => turn[figure])
  return {
    median: (server, figure) => median(figures(server, figure)),
    ratio(server, other, figure) {
      const others = figures(other, figure)
      return median(figures(server, figure).map((one, round) => one / (others[round] ?? 0)))
    },
  }
}
