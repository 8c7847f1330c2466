import { cpuMicroseconds } from '../report/cpu-time.ts'
import { type Figures, figuresOf } from '../report/figures.ts'
import { shuffled } from '../report/statistics.ts'
import type { Contender } from './contenders.ts'

/** What a contender did in one turn. */
interface Turn {
  /** Microseconds of CPU of this process for a call; the servers have their own. */
  cpu: number
  callsPerSecond: number
}

/** The figures of all contenders, round by round. */
export type Race = Figures<Contender, Turn>

const rounds = 120
const warmUpRounds = 15
const callsATurn = 320
const inFlight = 16

/** Lets the contenders take turns, in a changing order. */
export async function race(contenders: readonly Contender[]): Promise<Race> {
  const turns = new Map<Contender, Turn[]>(contenders.map((contender) => [contender, []]))
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const contender of shuffled(contenders, round + warmUpRounds)) {
      const turn = await takeTurn(contender)
      if (round >= 0) turns.get(contender)?.push(turn)
    }
  }
  return figuresOf(turns)
}

async function takeTurn(contender: Contender): Promise<Turn> {
  const cpuBefore = cpuMicroseconds()
  const start = performance.now()
  await callMany(contender, callsATurn)
  const seconds = (performance.now() - start) / 1000
  return { cpu: (cpuMicroseconds() - cpuBefore) / callsATurn, callsPerSecond: callsATurn / seconds }
}

/** Calls, a few at a time. */
async function callMany(contender: Contender, calls: number): Promise<void> {
  let left = calls
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1
        await contender.call()
      }
    }),
  )
}
