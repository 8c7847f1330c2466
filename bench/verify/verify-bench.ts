import { lineTo } from '../processes/line.ts'
import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { createIssuer, type Issuer } from '../tokens/issuer.ts'
import { type Case, distinctCount, makeCases } from './cases.ts'
import { allContenders } from './contenders/all.ts'
import { countersignOpen } from './contenders/countersign.ts'
import { headerCases, pathCases } from './junk.ts'
import { printKeyFetches } from './key-fetches.ts'
import { type RaceResult, race } from './race.ts'

const ours = 'countersign'

/** Prints what a decision costs, in floors, of ours and the peers. */
export async function run(): Promise<void> {
  const issuer = createIssuer()
  const targets: Target[] = []
  for (const [index, inFlight] of [1, 64].entries()) {
    const cases = await makeCases(issuer, { first: index * distinctCount, distinctCount })
    const result = await race(issuer, allContenders(issuer), { cases, inFlight })
    const how = inFlight === 1 ? 'one at a time' : `${inFlight} in flight`
    printResult(result, { how, cases })
    targets.push(...targetsOf(result, { how, cases }))
  }
  targets.push(...(await printCold(issuer)))
  targets.push(...(await printJunk(issuer)))
  targets.push(await printKeyFetches(issuer))
  printTargets(targets)
}

/** Those who have just started. */
async function printCold(issuer: Issuer): Promise<Target[]> {
  const cases = await makeCases(issuer, { first: 0, distinctCount: 2 })
  const line = lineTo(new URL('./cold-process.ts', import.meta.url))
  const result = await line.answer<RaceResult>()
  const how = 'newly set up after a full collection, with the default log'
  printResult(result, { how, cases: cases.map(({ atMost: _, ...kind }) => kind) })
  return cases.flatMap((kind) => behindPeers(result, kind, 'newly set up'))
}

/** A kind of call for which a peer takes less. */
function behindPeers({ floors }: RaceResult, kind: Case, how: string): Target[] {
  const peers = Object.entries(floors).filter(([name]) => name !== ours)
  const best = Math.min(...peers.map(([, figures]) => figures[kind.name] as number))
  const measured = floors[ours]?.[kind.name] as number
  return [
    { what: `${kind.name}, ${how}`, measured, atMost: Number(best.toFixed(3)), unit: 'x floor' },
  ]
}

async function printJunk(issuer: Issuer): Promise<Target[]> {
  const paths = await race(issuer, [countersignOpen(issuer, 30)], { cases: pathCases, inFlight: 1 })
  const headers = await race(issuer, allContenders(issuer), { cases: headerCases, inFlight: 1 })
  printColumn(paths, { title: 'Calls without a token, with 30 open routes', cases: pathCases })
  printColumn(headers, { title: 'Headers that are made to cost much', cases: headerCases })
  return [
    ...targetsOf(paths, { how: 'no token', cases: pathCases }),
    ...targetsOf(headers, { how: 'header', cases: headerCases }),
  ]
}

interface Printed {
  how: string
  cases: readonly Case[]
}

function printResult({ floors, floorMicroseconds }: RaceResult, { how, cases }: Printed): void {
  const rows = Object.entries(floors).map(([name, figures]) => [
    name,
    ...cases.map((kind) => (figures[kind.name] as number).toFixed(3)),
  ])
  const floor = floorMicroseconds.toFixed(1)
  printTable(
    `A decision, ${how}, in floors (one bare RSA check, here ${floor} µs)`,
    ['', ...cases.map(({ name }) => name)],
    [...rows, ['target', ...cases.map(({ atMost }) => (atMost ? `<= ${atMost}` : ''))]],
  )
}

/** A row for each kind: there are more of them than columns that fit. */
function printColumn(
  { floors }: RaceResult,
  { title, cases }: { title: string; cases: readonly Case[] },
): void {
  const names = Object.keys(floors)
  const rows = cases.map(({ name, atMost }) => [
    name,
    ...Object.values(floors).map((figures) => (figures[name] as number).toFixed(3)),
    `<= ${atMost}`,
  ])
  printTable(`${title}, in floors`, ['', ...names, 'target'], rows)
}

function targetsOf({ floors }: RaceResult, { how, cases }: Printed): Target[] {
  return cases.flatMap(({ name, atMost }) => {
    if (atMost === undefined) return []
    const measured = floors[ours]?.[name] as number
    return [{ what: `${name}, ${how}`, measured, atMost, unit: 'x floor' }]
  })
}
