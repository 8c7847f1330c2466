import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import {
  bareFetch,
  type Contender,
  countersign,
  googleAsItsSample,
  googleClientReused,
} from './contenders.ts'
import { type Google, startGoogle } from './google.ts'
import { race } from './race.ts'
import { printTokenFetches } from './token-fetches.ts'

/** Prints what a call with an ID token costs, beside bare fetch and google-auth-library. */
export async function run(): Promise<void> {
  const google = await startGoogle()
  Object.assign(process.env, google.env)
  const targets = [...(await printCalls(google)), ...(await printTokenFetches(google))]
  google.stop()
  printTargets(targets)
}

async function printCalls({ service }: Google): Promise<Target[]> {
  const bare = await bareFetch(service)
  const ours = await countersign(service)
  const peers = [await googleClientReused(service), await googleAsItsSample(service)]
  // The same again: how far its figures are from 1 is what the machine's noise makes of them.
  const again = { ...(await bareFetch(service)), name: 'bare fetch, once more' }
  const contenders: Contender[] = [bare, again, ours, ...peers]
  const result = await race(contenders)
  const rows = contenders.map((contender) => [
    contender.name,
    result.median(contender, 'cpu').toFixed(0),
    result.ratio(contender, bare, 'cpu').toFixed(3),
    result.median(contender, 'callsPerSecond').toFixed(0),
    result.ratio(contender, bare, 'callsPerSecond').toFixed(3),
  ])
  const head = ['', 'CPU µs/call', 'of bare fetch', 'calls/s', 'of bare fetch']
  printTable('Calls to one service, 16 in flight', head, rows)
  const measured = result.ratio(ours, bare, 'cpu')
  return [{ what: 'CPU of a call', measured, atMost: 1.05, unit: 'x bare fetch' }]
}
