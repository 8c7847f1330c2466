import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { median, shuffled } from '../report/statistics.ts'
import { incomingCall } from '../tokens/incoming-call.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'
import type { ContenderMaker } from './contenders/all.ts'
import { wallFloorStopwatch } from './floor.ts'
import { byNames, type RaceResult } from './race.ts'
import { assertDecisions, callMaker, decideAll } from './stopwatch.ts'

const rounds = 15
const warmUpRounds = 3
const partsPerTurn = 32
const callsPerPart = 8

/** More than a contender meets of a kind. */
export const coldDistinctCount: number = (warmUpRounds + rounds + 1) * partsPerTurn * callsPerPart

interface Cell {
  name: string
  make: ContenderMaker
  kind: Case
  calls: ReturnType<typeof callMaker>
  /** Floors per decision of each part of a turn, by round. */
  turns: number[][]
}

/**
 * The same race for who has just started: each turn has a contender of its own, newly set up after a
 * full collection, which also drops the machine code of closures that nobody holds any more.
 *
 * A turn is too short for CPU time, which the kernel counts in ticks. So time is that on the wall, in
 * parts of a millisecond or less, of which the neighbours meet a few: each part's median is taken
 * over the rounds, and a turn is the sum of these.
 */
export async function coldRace(
  issuer: Issuer,
  makers: readonly ContenderMaker[],
  cases: readonly Case[],
): Promise<RaceResult> {
  const collect = collector()
  const measureFloor = await wallFloorStopwatch(issuer)
  const known = await issuer.sign(claimsOf(0))
  const floors: number[] = []
  const cells: Cell[] = cases.flatMap((kind) =>
    makers.map((make) => ({
      name: make(issuer).name,
      make,
      kind,
      calls: callMaker(kind),
      turns: [],
    })),
  )
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    for (const cell of shuffled(cells, round)) {
      const floor = measureFloor()
      collect()
      const contender = cell.make(issuer)
      await contender.decide(incomingCall(known)) // which loads its keys
      const turn = await measureTurn(contender, cell)
      if (round < warmUpRounds) continue
      floors.push(floor)
      cell.turns.push(turn.map((time) => time / floor))
    }
  }
  return {
    floorMicroseconds: median(floors),
    floors: byNames(
      cells.map(({ name, kind, turns }) => ({ name, kind, figure: figureOf(turns) })),
    ),
  }
}

/** Microseconds per decision of each part of a turn. */
async function measureTurn(contender: Contender, { kind, calls }: Cell): Promise<number[]> {
  const times: number[] = []
  for (let part = 0; part < partsPerTurn; part += 1) {
    const some = calls(callsPerPart)
    const start = performance.now()
    const allowed = await decideAll(contender, some, 1)
    times.push(((performance.now() - start) * 1000) / callsPerPart)
    assertDecisions(allowed, callsPerPart, { contender, kind })
  }
  return times
}

function figureOf(turns: readonly number[][]): number {
  const parts = Array.from({ length: partsPerTurn }, (_, part) =>
    median(turns.map((turn) => turn[part] as number)),
  )
  return parts.reduce((sum, part) => sum + part, 0) / partsPerTurn
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
