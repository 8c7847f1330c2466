/**
 * Plays code blocks of the documentation, each as a service behind an emulator: a block that verifies
 * callers has to let a listed one in and to refuse another, a block that calls has to get its answers.
 * It takes nothing but what a project installs, so that `pnpm matrix` plays them with packed packages:
 * `node play.ts FOLDER`, where `plays.json` lists them; what became of them is in `played.json`.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, request, Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { verifyCaller } from '@countersign/express'
import { loadPolicy, type Policy } from '@countersign/policy'
import express, { type Express } from 'express'

/** A block to play. */
export interface Play {
  /** Its page and line. */
  at: string
  /** The block's file, in the folder. */
  file: string
  code: string
  /** The folder with its `countersign.jsonc`; it is played there. */
  folder: string
  /** The service that the block is. */
  me: string
  /** Whom its calls are from, if not from that service. */
  callsAs?: string
  /** Its calls are refused before they are sent. */
  noCall?: boolean
  /** Why nothing but its start is looked at. */
  startOnly?: string
  /** The requests that it has to answer; left out: each route of its code, by everyone. */
  requests?: Asked[]
}

/** A request, and how it has to end. */
export interface Asked {
  method?: string
  path: string
  /** The service that asks; left out: nobody, without a token. */
  as?: string
  /** Of the token; left out: the service's own. */
  audience?: string
  headers?: Record<string, string>
  status: number
  /** The `Countersign-Code` of a refusal. */
  code?: string
  /** Which part of the body has to be there. */
  body?: string
}

/** What became of a block: what it did, or why it failed. */
export interface Played {
  did?: string[]
  error?: string
}

interface Stage {
  play: Play
  policy: Policy
  emulator: Emulator
  /** The emails that got through to the services that the block calls. */
  arrived: string[]
  /** What the block wrote on stdout. */
  written: string[]
  /** The servers that it opened. */
  opened: NetServer[]
}

/** What a block may export. */
type Exports = Record<string, unknown>

const home = resolve(process.argv[2] ?? '.')
const environment = { ...process.env }
const write = process.stdout.write.bind(process.stdout)

const played: Record<string, Played> = {}
for (const play of JSON.parse(readFileSync(join(home, 'plays.json'), 'utf8')) as Play[]) {
  played[play.at] = await Promise.race([playOne(play), tooLong()]).then(
    (did) => ({ did }),
    (error: Error) => ({ error: error.stack ?? String(error) }),
  )
}
writeFileSync(join(home, 'played.json'), JSON.stringify(played))
const failed = Object.entries(played).filter(([, { error }]) => error !== undefined)
for (const [at, { error }] of failed) console.error(`${at}: ${error}`)
process.exit(failed.length === 0 ? 0 : 1)

async function tooLong(): Promise<never> {
  await sleep(20_000, undefined, { ref: false })
  throw new Error('not done after 20 seconds')
}

async function playOne(play: Play): Promise<string[]> {
  process.chdir(join(home, play.folder))
  const policy = await loadPolicy('countersign.jsonc', { environment: 'prod' })
  const emulator = await startEmulator({ policy })
  const stage: Stage = { play, policy, emulator, arrived: [], written: [], opened: [] }
  const leave = enter(stage)
  try {
    for (const name of calledIn(policy)) await openTarget(stage, name)
    const exported = (await import(pathToFileURL(join(home, play.file)).href)) as Exports
    if (play.startOnly) return ['started']
    return ['ran', ...(await receives(stage, exported)), ...(await calls(stage, exported))]
  } finally {
    leave()
    await emulator.stop()
  }
}

/** Makes this process the service's, and notes what the block opens and writes. */
function enter({ play, emulator, opened, written }: Stage): () => void {
  be({ ...environment, ...emulator.env(play.me) })
  const { listen } = NetServer.prototype
  NetServer.prototype.listen = function (this: NetServer, ...options: unknown[]) {
    const [port, ...more] = options
    if (typeof port !== 'number' && typeof port !== 'string') return apply(this, options)
    if (Number(port) === 0) return apply(this, options)
    opened.push(this)
    return apply(this, [0, '127.0.0.1', ...more.filter((one) => typeof one === 'function')])
  } as typeof listen
  function apply(server: NetServer, options: unknown[]): NetServer {
    return Reflect.apply(listen, server, options) as NetServer
  }
  process.stdout.write = ((text: string) => written.push(String(text)) > 0) as typeof write
  return () => {
    NetServer.prototype.listen = listen
    process.stdout.write = write
    be(environment)
    for (const server of opened) if (server instanceof Server) server.closeAllConnections()
    for (const server of opened) server.close()
  }
}

function be(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
}

/** The services of a policy that somebody may call. */
function calledIn(policy: Policy): string[] {
  const calls = [...policy.services.values()].flatMap(({ calls }) => [...calls.keys()])
  return [...new Set(calls)]
}

/** A service that the block may call: it has the policy's rules, and answers whatever they let in. */
async function openTarget(stage: Stage, name: string): Promise<void> {
  const { policy, emulator, arrived } = stage
  const { code } = stage.play
  const app = express()
  const tokenHeader = code.includes("'x-caller-authorization'")
    ? 'x-caller-authorization'
    : 'authorization'
  app.use(verifyCaller({ ...policy.receiver(name), tokenHeader, log: false }))
  app.use((req, res) => {
    arrived.push(req.caller?.email ?? 'nobody')
    res.json({ id: '7', asked: req.caller?.email })
  })
  emulator.forwardTo(name, await urlOf(createServer(app)))
}

async function urlOf(server: Server): Promise<string> {
  if (!server.listening) {
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve))
    server.unref()
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Asks the block, if it is one that answers. */
async function receives(stage: Stage, exported: Exports): Promise<string[]> {
  const { play, opened } = stage
  if (play.code.includes('createTestIssuer')) return [] // it asks itself
  const listener = listenerOf(exported)
  const server =
    opened.find((one) => one instanceof Server) ??
    (await functionOf(play.code)) ??
    (listener && createServer(listener))
  if (!server) {
    assert.ok(!/verifyCaller\(|\.check\(/.test(play.code), 'nothing that could be asked')
    return []
  }
  const url = await urlOf(server as Server)
  const asked = play.requests ?? everyRoute(stage)
  assert.ok(asked.length > 1)
  for (const one of asked) await ask(stage, url, one)
  return asked.map(
    ({ method = 'GET', path, as, status }) => `${method} ${path} ${as ?? '-'} ${status}`,
  )
}

/** The Functions Framework's server of an HTTP function. */
async function functionOf(code: string): Promise<Server | undefined> {
  const [, name] = code.match(/^http\('(\w+)'/m) ?? []
  if (name === undefined) return undefined
  const { getTestServer } = await import('@google-cloud/functions-framework/testing')
  return getTestServer(name)
}

/** What the frameworks call an application; a guard alone is put before one. */
function listenerOf({ app, GET, guard, handler }: Exports): RequestListener | undefined {
  if (isFastify(app)) return (request, response) => app.ready(() => app.routing(request, response))
  if (isKoa(app)) return app.callback()
  if (isWeb(app)) return answeringWith((call) => app.fetch(call))
  if (typeof app === 'function') return withFallback(app as Express)
  if (typeof handler === 'function') return handler as RequestListener
  if (typeof GET === 'function') return answeringWith(GET as WebHandler)
  if (typeof guard !== 'function') return undefined
  const guarded = express()
  guarded.use(guard as ReturnType<typeof verifyCaller>)
  return withFallback(guarded)
}

function withFallback(app: Express): RequestListener {
  return app.use((_req: unknown, res: { send(text: string): unknown }) => void res.send('end'))
}

type WebHandler = (call: Request) => Response | Promise<Response>

function isFastify(
  app: unknown,
): app is { ready(then: () => void): void; routing: RequestListener } {
  return typeof app === 'object' && app !== null && 'routing' in app
}

function isKoa(app: unknown): app is { callback(): RequestListener } {
  return typeof app === 'object' && app !== null && 'callback' in app
}

function isWeb(app: unknown): app is { fetch: WebHandler } {
  return typeof app === 'object' && app !== null && 'fetch' in app
}

function answeringWith(handle: WebHandler): RequestListener {
  return async ({ method = 'GET', url = '/', headers }, response) => {
    const call = new Request(`http://${headers.host}${url}`, {
      method,
      headers: headers as Record<string, string>,
    })
    const answer = await handle(call)
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body) Readable.fromWeb(answer.body as never).pipe(response)
    else response.end()
  }
}

/** The service that the block protects. */
function guardedIn({ code, me }: Play): string {
  return code.match(/policy\.receiver\('([\w-]+)'\)/)?.[1] ?? me
}

/** Each route of the code, asked by a listed caller, by a stranger and by nobody. */
function everyRoute({ play }: Stage): Asked[] {
  const { code } = play
  const stranger = guardedIn(play)
  const [, account = 'login-run@'] = code.match(/allow: \[\s*'(\w[\w-]*@)/) ?? []
  const listed = account.replace(/-run@$/, '')
  const reports = /mode: 'report-only'/.test(code)
  const nobody = /missingToken: 'pass'/.test(code) ? 200 : 401
  const open = [...code.matchAll(/unauthenticated: \['GET ([^']+)'\]/g)].map(([, path]) => path)
  const routes = [...code.matchAll(/app\.(get|post)\('([^']+)'/g)].map(([, method = '', path]) => ({
    method: method.toUpperCase(),
    path: path?.replaceAll(/:\w+/g, '7') ?? '/',
  }))
  if (routes.every(({ path }) => open.includes(path)))
    routes.push({ method: 'GET', path: '/profiles/7' })
  return routes.flatMap((route): Asked[] => {
    if (open.includes(route.path)) return [{ ...route, status: 200 }]
    if (reports) return [listed, stranger].map((as) => ({ ...route, as, status: 200 }))
    return [
      { ...route, as: listed, status: 200 },
      { ...route, as: stranger, status: 403, code: 'caller_not_allowed' },
      { ...route, status: nobody, ...(nobody === 401 && { code: 'token_missing' }) },
    ]
  })
}

async function ask(stage: Stage, url: string, asked: Asked): Promise<void> {
  const { code } = stage.play
  const headers = await headersOf(stage, asked)
  const said = `${asked.method ?? 'GET'} ${asked.path} by ${asked.as ?? 'nobody'}`
  if (code.includes("on('upgrade'")) {
    const { status, code } = await upgrade(url + asked.path, headers)
    assert.equal(status, asked.status === 200 ? 101 : asked.status, said)
    return assert.equal(code, asked.code, said)
  }
  const answer = await fetch(url + asked.path, { method: asked.method ?? 'GET', headers })
  const body = await answer.text()
  assert.equal(answer.status === 204 ? 200 : answer.status, asked.status, `${said}: ${body}`)
  assert.equal(answer.headers.get('countersign-code') ?? undefined, asked.code, said)
  assert.ok(body.includes(asked.body ?? ''), `${said}: ${body}`)
  if (asked.as === guardedIn(stage.play) && /mode: 'report-only'/.test(code)) {
    assert.match(stage.written.join(''), /would have refused a call: caller_not_allowed/)
  }
}

async function headersOf({ play, policy, emulator }: Stage, { as, audience, headers }: Asked) {
  if (as === undefined) return { ...headers }
  const [own = ''] = policy.services.get(guardedIn(play))?.audiences ?? []
  const token = await emulator.idToken(as, audience ?? own)
  const name = play.code.match(/tokenHeader: '([\w-]+)'/)?.[1] ?? 'authorization'
  return { [name]: `Bearer ${token}`, ...headers }
}

async function upgrade(url: string, headers: Record<string, string>) {
  const opening = {
    ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  }
  const call = request(url, { headers: { ...headers, ...opening } }).end()
  return new Promise<{ status?: number; code?: string }>((resolve, reject) => {
    call.on('error', reject)
    call.on('upgrade', (_, socket) => {
      socket.destroy()
      resolve({ status: 101 })
    })
    call.on('response', (answer) => {
      const code = answer.headers['countersign-code'] as string | undefined
      resolve({ status: answer.statusCode ?? 0, ...(code && { code }) })
    })
  })
}

/** Calls what the block is made to call, if it doesn't by itself, and looks whether it arrived. */
async function calls(stage: Stage, exported: Exports): Promise<string[]> {
  const { play, arrived } = stage
  if (play.noCall || !/createServiceFetch|signCalls/.test(play.code)) return []
  const { serviceFetch } = exported
  if (arrived.length === 0 && typeof serviceFetch === 'function') {
    const [url = stage.emulator.frontDoor('user-profiles')] =
      play.code.match(/https:\/\/[\w.-]+/) ?? []
    const answer: Response = await serviceFetch(`${url}/profiles/7`)
    assert.equal(answer.status, 200, await answer.text())
  }
  await sleep(0)
  assert.ok(arrived.length > 0, 'no call arrived')
  const caller = `${play.callsAs ?? play.me}-run@acme.iam.gserviceaccount.com`
  for (const email of arrived) assert.equal(email, caller)
  return [`${arrived.length} calls arrived`]
}
