import { printTable } from '../report/table.ts'
import type { Target } from '../report/targets.ts'
import { unknownKid } from '../tokens/hostile.ts'
import { incomingCall } from '../tokens/incoming-call.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'
import type { Contender } from './contender.ts'
import { allContenders } from './contenders/all.ts'

const count = 1000

/** Counts the key fetches that tokens with made-up key ids cause, once the keys are loaded. */
export async function printKeyFetches(issuer: Issuer): Promise<Target> {
  const rows: string[][] = []
  let ours = 0
  for (const contender of allContenders(issuer)) {
    const fetches = await fetchesCaused(contender, issuer)
    if (contender.name === 'countersign') ours = fetches ?? 0
    if (fetches !== undefined) rows.push([contender.name, String(fetches)])
  }
  printTable(
    `Key fetches caused by ${count} unknown key ids, within one cool-down`,
    ['', 'fetches'],
    rows,
  )
  return { what: `key fetches for ${count} unknown kids`, measured: ours, atMost: 1, unit: '' }
}

async function fetchesCaused(contender: Contender, issuer: Issuer): Promise<number | undefined> {
  await contender.decide(incomingCall(await issuer.sign(claimsOf(0))))
  const before = contender.keyFetches?.()
  if (before === undefined) return undefined
  for (let index = 0; index < count; index += 1) {
    await contender.decide(incomingCall(await unknownKid(issuer, index)))
  }
  return (contender.keyFetches?.() ?? 0) - before
}
