import { printTable } from '../report/table.ts'
import type { Target } from '../report/targets.ts'
import { type MakeContender, tokenFetchers } from './contenders.ts'
import type { Google } from './google.ts'

const calls = 1000
const firstCalls = 100

/** Prints how many ID tokens each contender fetches for calls to one service, in turn and at once. */
export async function printTokenFetches(google: Google): Promise<Target[]> {
  const counts: { name: string; inTurn: number; atOnce: number }[] = []
  for (const make of tokenFetchers) {
    const { name } = await make(google.service)
    counts.push({ name, inTurn: await inTurn(make, google), atOnce: await atOnce(make, google) })
  }
  const rows = counts.map(({ name, ...count }) => [name, `${count.inTurn}`, `${count.atOnce}`])
  const head = ['', `${calls} calls in turn`, `${firstCalls} first calls at once`]
  printTable('ID tokens fetched', head, rows)
  const [ours] = counts
  return [
    target(`token fetches for ${calls} calls`, ours?.inTurn),
    target(`token fetches for ${firstCalls} first calls`, ours?.atOnce),
  ]
}

function target(what: string, measured = Number.NaN): Target {
  return { what, measured, atMost: 1, unit: '' }
}

async function inTurn(make: MakeContender, google: Google): Promise<number> {
  const contender = await make(google.service)
  const before = await google.tokens()
  for (let call = 0; call < calls; call += 1) await contender.call()
  return (await google.tokens()) - before
}

async function atOnce(make: MakeContender, google: Google): Promise<number> {
  const contender = await make(google.service)
  const before = await google.tokens()
  await Promise.all(Array.from({ length: firstCalls }, () => contender.call()))
  return (await google.tokens()) - before
}
