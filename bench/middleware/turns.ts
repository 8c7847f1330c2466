import { type Figures, figuresOf } from '../report/figures.ts'
import { shuffled } from '../report/statistics.ts'
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

/** What turns are taken with. */
interface Setup {
  load: LoadProcess
  /** The whole request, as it goes over the wire. */
  request: string
}

const generations = 4
const warmUpRounds = 4
const rounds = 20
const turnMs = 150

/**
 * Sends bursts to one server after the other, round by round. All of them live in one process, since two
 * processes of the very same program differ by up to a tenth for as long as they live; that one is
 * started anew a few times.
 */
export async function takeTurns(settings: readonly Setting[], setup: Setup): Promise<Turns> {
  const turns = new Map<string, Turn[]>(settings.map(({ guard }) => [guard, []]))
  for (let generation = 0; generation < generations; generation += 1) {
    const order = shuffled(settings, generation)
    const servers = await serverProcess(order)
    for (let round = -warmUpRounds; round < rounds; round += 1) {
      for (const [index, { guard }] of shuffled([...order.entries()], warmUpRounds + round)) {
        const turn = await takeTurn(servers, index, setup)
        if (round >= 0) turns.get(guard)?.push(turn)
      }
    }
    servers.stop()
  }
  return figuresOf(turns)
}

async function takeTurn(
  { ports, cpu }: ServerProcess,
  index: number,
  { load, request }: Setup,
): Promise<Turn> {
  const cpuBefore = await cpu()
  const port = ports[index] as number
  const burst = { port, request, connections: 16, milliseconds: turnMs }
  const { answered, seconds } = await load.burst(burst)
  return {
    requestsPerSecond: answered / seconds,
    cpu: ((await cpu()) - cpuBefore) / answered,
  }
}
