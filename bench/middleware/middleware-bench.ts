import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { commonHeaders } from '../tokens/incoming-call.ts'
import { claimsOf, createIssuer } from '../tokens/issuer.ts'
import { expressGuards } from './apps/express-guards.ts'
import { koaGuards } from './apps/koa-guards.ts'
import { keyServer } from './key-server.ts'
import { loadProcess } from './processes.ts'
import type { Setting } from './setting.ts'
import { type Turns, takeTurns } from './turns.ts'

/** Prints what a check before an app leaves of its requests per second, with one token. */
export async function run(): Promise<void> {
  const issuer = createIssuer()
  const keys = await keyServer(issuer)
  const load = loadProcess()
  const request = requestWith(await issuer.sign(claimsOf(0)))
  const publicKeyPem = issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const targets: Target[] = []

  for (const framework of ['express', 'koa'] as const) {
    const guards = Object.keys(framework === 'express' ? expressGuards : koaGuards)
    const settings = guards.map((guard) => ({ framework, guard, publicKeyPem, ...keys }))
    const turns = await takeTurns(settings, { load, request })
    printTurns(framework, guards, turns)
    targets.push(targetOf(framework, turns))
  }
  load.stop()
  keys.close()
  printTargets(targets)
}

/** The same bytes for everybody, also for the app that looks at none of them. */
function requestWith(token: string): string {
  const headers = [...commonHeaders, ['Authorization', `Bearer ${token}`]]
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return `GET /profiles/7 HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

const bare = 'bare'
const mapCache = 'map cache by hand'
const ours = 'countersign'

function printTurns(
  framework: Setting['framework'],
  guards: readonly string[],
  turns: Turns,
): void {
  const rows = guards.map((guard) => [
    guard,
    turns.median(guard, 'requestsPerSecond').toFixed(0),
    turns.ratio(guard, bare, 'requestsPerSecond').toFixed(3),
    turns.ratio(guard, mapCache, 'requestsPerSecond').toFixed(3),
    turns.median(guard, 'cpu').toFixed(0),
    turns.ratio(guard, mapCache, 'cpu').toFixed(3),
  ])
  const head = ['', 'requests/s', 'of bare', 'of map cache', 'CPU µs/request', 'of map cache']
  printTable(`${framework}: the same token each time`, head, rows)
}

function targetOf(framework: Setting['framework'], turns: Turns): Target {
  return {
    what: `${framework}, requests per second`,
    measured: turns.ratio(ours, mapCache, 'requestsPerSecond'),
    atLeast: 0.95,
    unit: 'of the map cache',
  }
}
