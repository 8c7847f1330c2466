import { median, shuffled } from '../report/statistics.ts'
import type { Issuer } from '../tokens/issuer.ts'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'
import { floorStopwatch } from './floor.ts'
import { stopwatch } from './stopwatch.ts'

/** Medians by contender and case. */
export interface RaceResult {
  /** Microseconds of one bare RSA check. */
  floorMicroseconds: number
  /** How many floors a decision takes: by the names of contender and case. */
  floors: Record<string, Record<string, number>>
}

const rounds = 15
/** Enough for V8 to have compiled what is measured: with three, everybody took a tenth longer. */
const warmUpRounds = 20

/**
 * Lets the contenders take turns, round by round: on a shared machine two figures can be compared
 * only if they were taken within the same second. Each is held against the floor just before it.
 */
export async function race(
  issuer: Issuer,
  contenders: readonly Contender[],
  { cases, inFlight }: { cases: readonly Case[]; inFlight: number },
): Promise<RaceResult> {
  const measureFloor = await floorStopwatch(issuer)
  const floors: number[] = []
  const cells = cases.flatMap((kind) =>
    contenders.map((contender) => ({
      contender,
      kind,
      measure: stopwatch({ contender, kind, inFlight }),
      ratios: [] as number[],
    })),
  )
  for (let round = 0; round < warmUpRounds; round += 1) {
    for (const { measure } of cells) await measure()
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { measure, ratios } of shuffled(cells, round)) {
      const floor = measureFloor()
      floors.push(floor)
      ratios.push((await measure()) / floor)
    }
  }
  return {
    floorMicroseconds: median(floors),
    floors: byNames(
      cells.map(({ contender: { name }, kind, ratios }) => ({
        name,
        kind,
        figure: median(ratios),
      })),
    ),
  }
}

/** Figures by the names of contender and case. */
export function byNames(
  cells: readonly { name: string; kind: Pick<Case, 'name'>; figure: number }[],
): RaceResult['floors'] {
  const figures: RaceResult['floors'] = {}
  for (const { name, kind, figure } of cells) {
    figures[name] = { ...figures[name], [kind.name]: figure }
  }
  return figures
}
