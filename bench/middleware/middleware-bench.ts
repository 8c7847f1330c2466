import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { commonHeaders } from '../tokens/incoming-call.ts'
import { claimsOf, createIssuer } from '../tokens/issuer.ts'
import { expressGuards } from './apps/express-guards.ts'
import { koaGuards } from './apps/koa-guards.ts'
import { keyServer } from './key-server.ts'
import { loadProcess, type ServerProcess, serverProcess } from './processes.ts'
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
    const servers = await Promise.all(settings.map(serverProcess))
    const turns = await takeTurns(servers, { load, request })
    for (const server of servers) server.stop()
    printTurns(framework, servers, turns)
    targets.push(targetOf(framework, servers, turns))
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

function printTurns(
  framework: Setting['framework'],
  servers: readonly ServerProcess[],
  turns: Turns,
): void {
  const bare = named(servers, 'bare')
  const map = named(servers, 'map cache by hand')
  const rows = servers.map((server) => [
    server.setting.guard,
    turns.median(server, 'requestsPerSecond').toFixed(0),
    turns.ratio(server, bare, 'requestsPerSecond').toFixed(3),
    turns.ratio(server, map, 'requestsPerSecond').toFixed(3),
    turns.median(server, 'cpu').toFixed(0),
  ])
  printTable(
    `${framework}: the same token each time`,
    ['', 'requests/s', 'of bare', 'of map cache', 'CPU µs/request'],
    rows,
  )
}

function targetOf(
  framework: Setting['framework'],
  servers: readonly ServerProcess[],
  turns: Turns,
): Target {
  const [ours, map] = [named(servers, 'countersign'), named(servers, 'map cache by hand')]
  return {
    what: `${framework}, requests per second`,
    measured: turns.ratio(ours, map, 'requestsPerSecond'),
    atLeast: 0.95,
    unit: 'of the map cache',
  }
}

function named(servers: readonly ServerProcess[], guard: string): ServerProcess {
  return servers.find(({ setting }) => setting.guard === guard) as ServerProcess
}
