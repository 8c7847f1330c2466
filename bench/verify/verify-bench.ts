import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { createIssuer } from '../tokens/issuer.ts'
import { type Case, makeCases } from './cases.ts'
import type { Contender } from './contender.ts'
import { allContenders } from './contenders/all.ts'
import { printKeyFetches } from './key-fetches.ts'
import { type RaceResult, race } from './race.ts'

/** Prints what a decision costs, in floors, of ours and the peers. */
export async function run(): Promise<void> {
  const issuer = createIssuer()
  const contenders = allContenders(issuer)
  const targets: Target[] = []
  for (const [index, inFlight] of [1, 64].entries()) {
    const cases = await makeCases(issuer, index)
    const result = await race(issuer, contenders, { cases, inFlight })
    printResult(result, { contenders, cases, inFlight })
    targets.push(...targetsOf(result, { ours: contenders[0] as Contender, cases, inFlight }))
  }
  targets.push(await printKeyFetches(issuer))
  printTargets(targets)
}

function printResult(
  result: RaceResult,
  {
    contenders,
    cases,
    inFlight,
  }: {
    contenders: readonly Contender[]
    cases: readonly Case[]
    inFlight: number
  },
): void {
  const floor = result.floorMicroseconds.toFixed(1)
  const how = inFlight === 1 ? 'one at a time' : `${inFlight} in flight`
  const rows = contenders.map((contender) => [
    contender.name,
    ...cases.map((kind) => result.floors(contender, kind).toFixed(3)),
  ])
  printTable(
    `A decision, ${how}, in floors (one bare RSA check, here ${floor} µs)`,
    ['', ...cases.map(({ name }) => name)],
    [...rows, ['target', ...cases.map(({ atMost }) => (atMost ? `<= ${atMost}` : ''))]],
  )
}

function targetsOf(
  result: RaceResult,
  { ours, cases, inFlight }: { ours: Contender; cases: readonly Case[]; inFlight: number },
): Target[] {
  return cases.flatMap((kind) => {
    if (kind.atMost === undefined) return []
    const what = `${kind.name}, ${inFlight} in flight`
    return [{ what, measured: result.floors(ours, kind), atMost: kind.atMost, unit: 'x floor' }]
  })
}
