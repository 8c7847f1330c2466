import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CallHandled, type Emulator, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { type Answer, type SendOptions, send } from '../send.ts'

let emulator: Emulator
let app: App
let clock: number
beforeEach(async () => {
  clock = Date.now()
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => clock })
  app = await startApp()
  for (const name of ['user-profiles', 'status']) emulator.forwardTo(name, app.url)
})
afterEach(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})

const asJson = { 'content-type': 'application/json' }

function call(options: SendOptions = {}, to = 'user-profiles'): Promise<Answer> {
  return send(emulator.frontDoor(to), options)
}

async function bearer(audience = profilesUrl, overrides = {}): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await emulator.idToken('login', audience, overrides)}` }
}

const calls = () => emulator.events.kept.filter((event) => event.type === 'call')
const lastCall = (): CallHandled | undefined => calls().at(-1)

function replay(id: unknown = lastCall()?.id, headers: Record<string, string> = asJson) {
  const url = `${emulator.url}/emulator/v1/replay`
  return send(url, { method: 'POST', headers, body: JSON.stringify({ call: id }) })
}

test('method, target, headers and body are the same, and the event names the first call', async () => {
  const headers = { ...(await bearer()), 'x-order': 'seven', 'content-type': 'text/plain' }
  const target = '/profiles/7?x=%2F&x=2'
  await call({ method: 'PUT', target, headers, body: 'all of it' })
  const first = lastCall()
  const answer = await replay()
  expect(answer.status).toBe(202)
  expect(JSON.parse(answer.body)).toEqual({ call: lastCall()?.id, status: 200 })
  expect(lastCall()).toMatchObject({ replayOf: first?.id, caller: first?.caller, status: 200 })
  const [before, after] = app.received
  expect(after).toMatchObject({ method: 'PUT', url: target, body: 'all of it' })
  expect(after?.headers).toMatchObject({ 'x-order': 'seven', 'content-type': 'text/plain' })
  expect(after?.headers.host).toBe(before?.headers.host)
})

test('its token is a new one, of the same account for the same audience', async () => {
  const headers = await bearer('https://search-123.us-central1.run.app')
  await call({ headers })
  expect(JSON.parse((await replay()).body).status).toBe(401)
  const { layers, caller } = lastCall() ?? {}
  expect(caller?.account).toBe(loginEmail)
  expect(layers?.find(({ stage }) => stage === 'front-door')).toMatchObject({
    claim: 'aud',
    got: 'https://search-123.us-central1.run.app',
  })
})

test('a call whose token has expired since gets through', async () => {
  const headers = await bearer()
  clock += 2 * 3600 * 1000
  expect((await call({ headers })).status).toBe(401)
  expect(JSON.parse((await replay()).body).status).toBe(200)
})

test.for<[string, (token: string) => string]>([
  ['a signature of another token', (token) => `${token.slice(0, -8)}AAAAAAAA`],
  ['no algorithm', (token) => `${encoded({ alg: 'none' })}.${token.split('.')[1]}.`],
  ['claims that were changed', (token) => token.replace(/\.[^.]*/, `.${encoded(claimsOf(token))}`)],
  ['what is no JWT', () => 'opaque-of-somebody-elses'],
])('a bearer token that is not of here stays what it is: %s', async ([, forge]) => {
  const { authorization = '' } = await bearer()
  const headers = { authorization: `Bearer ${forge(authorization.slice(7))}` }
  expect((await call({ headers })).status).toBe(401)
  const first = lastCall()
  expect(JSON.parse((await replay()).body).status).toBe(401)
  expect(lastCall()).toMatchObject({ code: 'token_invalid', replayOf: first?.id })
  emulator.setPublic('user-profiles', true)
  await replay(first?.id)
  expect(app.received[0]?.headers.authorization).toBe(headers.authorization)
})

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function claimsOf(token: string): object {
  return {
    ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
    x: 1,
  }
}

test.for([
  { iss: 'https://evil.example' },
  { email_verified: false },
  { sub: undefined },
  { exp: Math.floor(Date.now() / 1000) + 7 * 3600 },
])('a token of here that says %j says it again', async (overrides) => {
  await call({ headers: await bearer(profilesUrl, overrides) })
  const first = lastCall()
  clock += 60_000
  await replay()
  const [before, after] = [first, lastCall()].map((event) => {
    return event?.layers.find((layer) => layer.stage === 'token')?.claims
  })
  expect(after).toEqual({
    ...before,
    iat: Number(before?.iat) + 60,
    exp: Number(before?.exp) + 60,
  })
  expect(lastCall()?.status).toBe(first?.status)
})

test('an emulator that goes by a name still finds its own front doors', async () => {
  const policy = await samplePolicy()
  const apps = { 'user-profiles': app.url }
  await using named = await startEmulator({ policy, hostname: 'emulator-of-nobody', apps })
  const at = (url: string) => url.replace('emulator-of-nobody', '127.0.0.1')
  const authorization = `Bearer ${await named.idToken('login', profilesUrl)}`
  const host = new URL(named.frontDoor('user-profiles')).host
  await send(at(named.frontDoor('user-profiles')), { headers: { authorization, host } })
  const [{ id } = { id: 0 }] = named.events.kept
  const headers = asJson
  const body = JSON.stringify({ call: id })
  const answer = await send(`${at(named.url)}/emulator/v1/replay`, {
    method: 'POST',
    headers,
    body,
  })
  expect(JSON.parse(answer.body)).toMatchObject({ status: 200 })
  expect(app.received).toHaveLength(2)
})

test('both headers are set again if the call had both', async () => {
  const { authorization = '' } = await bearer()
  await call({ headers: { authorization, 'x-serverless-authorization': authorization } })
  await replay()
  expect(app.received[1]?.headers).toHaveProperty('authorization')
  expect(app.received[1]?.headers['x-serverless-authorization']).toMatch(/SIGNATURE_REMOVED/)
})

test('an account without an email in its token stays without', async () => {
  await call({ headers: await bearer(profilesUrl, { email: undefined }) })
  await replay()
  const token = lastCall()?.layers.find((layer) => layer.stage === 'token')
  expect(token).toMatchObject({ claims: { sub: '107517467455664443765' } })
  expect(token).not.toHaveProperty('claims.email')
})

test('nobody stays nobody, and other credentials are not sent again', async () => {
  const headers = { cookie: 'session=7', 'x-api-key': 'k', authorization: 'Basic bG9naW46', a: 'b' }
  await call({ headers }, 'status')
  await replay()
  const [, after] = app.received
  expect(after?.headers).toMatchObject({ a: 'b' })
  for (const name of ['cookie', 'x-api-key', 'authorization']) {
    expect(after?.headers).not.toHaveProperty(name)
  }
  expect(lastCall()).not.toHaveProperty('caller')
})

test('the body of a call that the front door refused is kept too', async () => {
  await call({ method: 'POST', body: 'unread by the app' })
  emulator.setPublic('user-profiles', true)
  await replay()
  expect(app.received).toMatchObject([{ method: 'POST', body: 'unread by the app' }])
})

test('a replay can be replayed', async () => {
  await call({}, 'status')
  await replay()
  const { id } = lastCall() ?? {}
  expect((await replay()).status).toBe(202)
  expect(lastCall()?.replayOf).toBe(id)
})

test('a call of the same moment is no replay', async () => {
  await call({}, 'status')
  const { id } = lastCall() ?? {}
  await Promise.all([replay(id), call({ target: '/other' }, 'status')])
  expect(calls().find(({ target }) => target === '/other')).not.toHaveProperty('replayOf')
})

test('a body larger than 16 KB is not kept, which is said', async () => {
  await call(
    { method: 'POST', body: 'x'.repeat(17_000), headers: { 'content-length': '17000' } },
    'status',
  )
  const answer = await replay()
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.body).toContain('larger than 16 KB')
})

test('a WebSocket is not made again, which is said', async () => {
  const socket = { connection: 'Upgrade', upgrade: 'websocket' }
  await call({ headers: socket })
  const answer = await replay()
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.body).toContain('WebSocket')
})

test('nothing is kept of calls before the newest 500', async () => {
  await call({}, 'status')
  const { id } = lastCall() ?? {}
  for (let sent = 0; sent < 500; sent += 1) await call({}, 'status')
  expect((await replay(id)).status).toBe(404)
  expect((await replay()).status).toBe(202)
})

test.for<[unknown, number]>([
  [4711, 404],
  ['1', 400],
  [undefined, 400],
])('%j is no call: %i', async ([id, status]) => {
  await call({}, 'status')
  expect((await replay(id ?? null)).status).toBe(status)
})

test.for<Record<string, string>>([
  { 'content-type': 'text/plain' },
  { ...asJson, origin: 'http://127.0.0.1:1' },
  { ...asJson, 'sec-fetch-site': 'same-site' },
  { ...asJson, host: 'evil.example' },
])('a page of another site may not: %j', async (headers) => {
  await call({}, 'status')
  expect((await replay(lastCall()?.id, headers)).status).toBe(403)
  expect(calls()).toHaveLength(1)
})
