import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type CallHandled,
  type Emulator,
  type EmulatorEvent,
  type Layer,
  startEmulator,
} from '../src/index.ts'
import { listen } from '../src/internal/http/listen.ts'
import { type App, startApp } from './app.ts'
import { endpoints } from './internal/drills/_endpoints.ts'
import { loginEmail, profilesUrl, samplePolicy } from './policy.ts'
import { type Answer, getMetadata, type SendOptions, send } from './send.ts'

let emulator: Emulator
let app: App
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())
beforeEach(async () => {
  app = await startApp()
  for (const name of ['user-profiles', 'search', 'status']) emulator.forwardTo(name, app.url)
  return () => app[Symbol.asyncDispose]()
})

const identityPath = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${profilesUrl}`
const identity = (service: string) =>
  getMetadata(emulator.env(service).GCE_METADATA_HOST, identityPath)

/** The events that come while something is done. */
async function during(work: () => Promise<unknown>): Promise<readonly EmulatorEvent[]> {
  const last = emulator.events.kept.at(-1)?.id ?? 0
  await work()
  return emulator.events.kept.filter(({ id }) => id > last)
}

function call(options: SendOptions & { to?: string; token?: string } = {}): Promise<Answer> {
  const { to = 'user-profiles', token, headers = {}, target = '/profiles/7', ...more } = options
  const signed = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return send(emulator.frontDoor(to), { ...more, target, headers: { ...signed, ...headers } })
}

async function callEvent(...options: Parameters<typeof call>): Promise<CallHandled> {
  const [event, ...more] = await during(() => call(...options))
  expect(more).toEqual([])
  if (event?.type !== 'call') throw new Error(JSON.stringify(event))
  return event
}

function layer<S extends Layer['stage']>(event: CallHandled, stage: S) {
  return event.layers.find((one) => one.stage === stage) as Extract<Layer, { stage: S }> | undefined
}

const stages = ({ layers }: CallHandled) => layers.map(({ stage }) => stage)

describe('a token', () => {
  test('is minted once, then handed out again', async () => {
    const service = 'search'
    const events = await during(async () => {
      await identity(service)
      await identity(service)
    })
    const common = {
      type: 'token',
      at: expect.any(Number),
      endpoint: 'identity',
      service,
      account: 'search@acme.iam.gserviceaccount.com',
      audience: profilesUrl,
      status: 200,
      durationMs: expect.any(Number),
    }
    const { id = 0 } = events[0] ?? {}
    expect(events).toEqual([
      { id, ...common, from: 'minted' },
      { id: id + 1, ...common, from: 'cached' },
    ])
  })

  test.for(['access-token', 'token', 'sts', 'generate-id-token', 'generate-access-token'] as const)(
    '%s has its event',
    async (endpoint) => {
      const events = await during(() => endpoints[endpoint](emulator))
      expect(events.at(-1)).toMatchObject({ type: 'token', endpoint, status: 200, from: 'minted' })
    },
  )

  test.for(['jwks', 'certs', 'discovery', 'metadata'] as const)('%s has none', async (endpoint) => {
    expect(await during(() => endpoints[endpoint](emulator))).toEqual([])
  })

  test('refused, it says so, and names the drill', async () => {
    const fault = { kind: 'status', status: 429 } as const
    const events = await during(async () => {
      await emulator.drill({ fault, endpoint: 'identity', service: 'login', times: 1 })
      await identity('login')
    })
    const [begun, ended, token] = events
    const summary = 'identity of login: 429, once'
    expect(begun).toMatchObject({ type: 'drill', summary, active: true })
    expect(ended).toMatchObject({ type: 'drill', summary, active: false })
    expect(token).toMatchObject({ type: 'token', status: 429, service: 'login' })
    const drill = begun?.type === 'drill' ? begun.drill : 0
    expect(token).toMatchObject({ drill })
    expect(token).not.toHaveProperty('from')
  })
})

describe('a call', () => {
  test('that gets through has each layer, and is linked to its token', async () => {
    const { body: token } = await identity('login')
    const fetched = emulator.events.kept.at(-1)
    const event = await callEvent({
      token,
      headers: { 'x-serverless-authorization': `Bearer ${token}`, traceparent },
    })
    expect(event).toMatchObject({
      caller: { service: 'login', account: loginEmail, verified: true },
      receiver: 'user-profiles',
      method: 'GET',
      target: '/profiles/7',
      status: 200,
      trace: '4bf92f3577b34da6a3ce929d0e0e4736',
      declared: true,
      token: fetched?.id,
    })
    expect(event).not.toHaveProperty('refusedBy')
    expect(event).not.toHaveProperty('snippet')
    expect(stages(event)).toEqual(['sent', 'token', 'token', 'front-door', 'forwarded', 'answer'])
    expect(layer(event, 'token')).toEqual({
      stage: 'token',
      header: 'x-serverless-authorization',
      claims: expect.objectContaining({ aud: profilesUrl, email: loginEmail }),
      kid: emulator.signingKey.kid,
      issuedHere: true,
    })
    expect(layer(event, 'sent')?.headers).toContainEqual([
      'authorization',
      'Bearer <claims of token below>',
    ])
    expect(layer(event, 'forwarded')?.headers).toContainEqual(['x-forwarded-proto', 'https'])
    expect(layer(event, 'answer')).toMatchObject({ status: 200 })
  })

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  test('without a trace has the one that the front door began', async () => {
    const event = await callEvent({ to: 'status' })
    expect(event.trace).toBe(String(app.received[0]?.headers.traceparent).slice(3, 35))
  })

  test('for another audience: what came, and what would do', async () => {
    const token = await emulator.idToken('login', 'https://search-123.us-central1.run.app/')
    const event = await callEvent({ token })
    expect(event).toMatchObject({
      caller: { account: loginEmail, verified: false },
      status: 401,
      refusedBy: 'front-door',
      code: 'token_invalid',
      declared: true,
    })
    expect(layer(event, 'front-door')).toMatchObject({
      verdict: 'token_invalid',
      claim: 'aud',
      got: 'https://search-123.us-central1.run.app/',
      expected: [profilesUrl, 'https://user-profiles.acme.example'],
    })
    expect(layer(event, 'token')?.issuedHere).toBe(true)
    expect(stages(event)).toEqual(['sent', 'token', 'front-door'])
  })

  test.for<[string, Record<string, unknown>, object]>([
    ['expired', { exp: 1 }, { claim: 'exp', got: '1' }],
    [
      'of another issuer',
      { iss: 'https://evil.example' },
      { claim: 'iss', got: 'https://evil.example' },
    ],
    ['without a subject', { sub: undefined }, { claim: 'sub' }],
  ])('%s: which claim', async ([, overrides, expected]) => {
    const token = await emulator.idToken('login', profilesUrl, overrides)
    expect(layer(await callEvent({ token }), 'front-door')).toMatchObject(expected)
  })

  test('forged under a published key’s name: claimed, not issued here', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = { email: loginEmail, aud: profilesUrl, sub: '1' }
    const forged = new SignJWT(claims).setProtectedHeader({
      alg: 'RS256',
      kid: emulator.signingKey.kid,
    })
    const event = await callEvent({ token: await forged.sign(privateKey) })
    expect(event.caller).toEqual({ service: 'login', account: loginEmail, verified: false })
    expect(layer(event, 'token')).toMatchObject({ claims, issuedHere: false })
    expect(layer(event, 'front-door')).toMatchObject({ claim: 'signature' })
  })

  test('signed with a key that nobody knows: which there are', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const forged = new SignJWT({ email: loginEmail }).setProtectedHeader({
      alg: 'RS256',
      kid: 'mine',
    })
    const event = await callEvent({ token: await forged.sign(privateKey) })
    expect(layer(event, 'front-door')).toMatchObject({
      claim: 'kid',
      got: 'mine',
      expected: [emulator.signingKey.kid],
    })
  })

  test('of somebody without run.invoker: who has it, and what would grant it', async () => {
    const event = await callEvent({ token: await emulator.idToken('search', profilesUrl) })
    expect(event).toMatchObject({ code: 'not_invoker', declared: false })
    expect(layer(event, 'front-door')).toMatchObject({
      claim: 'email',
      got: 'search@acme.iam.gserviceaccount.com',
      expected: [loginEmail],
    })
    expect(event.snippet).toContain('"search": {\n      "calls": {\n        "user-profiles"')
  })

  test('of an account that was created again: the id is what differs', async () => {
    const token = await emulator.idToken('login', profilesUrl, { sub: '7' })
    expect(layer(await callEvent({ token }), 'front-door')).toMatchObject({
      verdict: 'not_invoker',
      claim: 'sub',
      got: '7',
      expected: ['107517467455664443765'],
    })
  })

  test('of nobody has no caller', async () => {
    const event = await callEvent()
    expect(event).toMatchObject({ status: 403, refusedBy: 'front-door', code: 'token_missing' })
    expect(event).not.toHaveProperty('caller')
  })

  test('with a foreign Host: which one', async () => {
    const event = await callEvent({ to: 'status', headers: { host: 'evil.example' } })
    expect(layer(event, 'front-door')).toMatchObject({ claim: 'host', got: 'evil.example' })
  })

  test('where nothing listens: where the app should be', async () => {
    emulator.forwardTo('status', 'http://127.0.0.1:1')
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ status: 503, refusedBy: 'front-door', code: 'app_unreachable' })
    expect(event.layers.at(-1)).toMatchObject({ expected: ['http://127.0.0.1:1'] })
  })

  test('refused by its receiver has the code and the detail', async () => {
    await using refusing = await startApp((_, res) => {
      const headers = {
        'content-type': 'application/problem+json',
        'countersign-code': 'operation_not_allowed',
      }
      res.writeHead(403, headers).end(JSON.stringify({ detail: 'Not for this method.' }))
    })
    emulator.forwardTo('status', refusing.url)
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ refusedBy: 'receiver', code: 'operation_not_allowed' })
    expect(layer(event, 'answer')).toMatchObject({
      code: 'operation_not_allowed',
      detail: 'Not for this method.',
    })
  })

  test.for<[number, string | undefined]>([
    [401, 'application'],
    [403, 'application'],
    [404, undefined],
    [500, undefined],
  ])('answered with %i by the app was refused by: %s', async ([status, refusedBy]) => {
    await using other = await startApp((_, res) => res.writeHead(status).end())
    emulator.forwardTo('status', other.url)
    expect((await callEvent({ to: 'status' })).refusedBy).toBe(refusedBy)
  })

  test('whose problem is too large, or no JSON, has no detail', async () => {
    const bodies = [JSON.stringify({ detail: 'x'.repeat(5_000) }), '{', 'null', '{"detail":7}']
    for (const body of bodies) {
      await using other = await startApp((_, res) => {
        res.writeHead(400, { 'content-type': 'application/problem+json' }).end(body)
      })
      emulator.forwardTo('status', other.url)
      expect(layer(await callEvent({ to: 'status' }), 'answer')).not.toHaveProperty('detail')
    }
  })

  test('that a drill answers names the drill, and is refused by nobody', async () => {
    const fault = { kind: 'status', status: 503 } as const
    using drill = await emulator.drill({ fault, endpoint: 'front-door' })
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ status: 503, drill: drill.id })
    expect(event).not.toHaveProperty('refusedBy')
  })

  test('whose caller hangs up is a 499, in both logs', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    const silent = await listen(createServer(() => resolve()))
    emulator.forwardTo('status', silent.url)
    const outgoing = request(emulator.frontDoor('status'), { agent: false })
    outgoing.on('error', () => undefined).end()
    await arrived
    outgoing.destroy()
    await expect
      .poll(() => emulator.events.kept.at(-1))
      .toMatchObject({ type: 'call', status: 499 })
    expect(emulator.requests.at(-1)).toMatchObject({ status: 499 })
    expect(emulator.requests.at(-1)).not.toHaveProperty('refusal')
    await silent.close()
  })

  test('its answer is told before a long body ends', async () => {
    const endless = await listen(createServer((_, res) => void res.write('begun')))
    emulator.forwardTo('status', endless.url)
    const outgoing = request(emulator.frontDoor('status'), { agent: false }).end()
    await once(outgoing, 'response')
    expect(emulator.events.kept.at(-1)).toMatchObject({ type: 'call', status: 200 })
    outgoing.destroy()
    await endless.close()
  })
})

test('a push is a call and a push event for each attempt', async () => {
  // Its audience is the whole URL, which IAM does not know.
  const options = { maxAttempts: 2, speed: 100_000 }
  let delivery = 0
  const events = await during(async () => {
    delivery = (await emulator.push('orders', options)).delivery
  })
  expect(events.map(({ type }) => type)).toEqual(['call', 'push', 'call', 'push'])
  const common = { push: 'orders', kind: 'pubsub', to: 'search', delivery, status: 401 }
  expect(events[1]).toMatchObject({ ...common, attempt: 1, outcome: 'will-retry' })
  expect(events[3]).toMatchObject({ ...common, attempt: 2, outcome: 'given-up' })
})

describe('emulator.events', () => {
  test('iterated, they are those that are kept, then each as it comes, until stop', async () => {
    const other = await startEmulator({ policy: await samplePolicy() })
    const drill = () => other.drill({ fault: { kind: 'html' }, times: 1 })
    await drill()
    const got: number[] = []
    const iterating = (async () => {
      for await (const { id } of other.events) got.push(id)
    })()
    await drill()
    await expect.poll(() => got).toEqual([1, 2])
    await other.stop()
    await iterating
    // Both drills end with the emulator.
    expect(got).toEqual([1, 2, 3, 4])
  })

  test('what a reader does to an event, no other sees', () => {
    const [first] = emulator.events.kept
    Object.assign(first ?? {}, { type: 'spoilt' })
    expect(emulator.events.kept[0]?.type).not.toBe('spoilt')
  })
})
