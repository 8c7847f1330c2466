import { X509Certificate } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type DrillableEndpoint,
  type DrillOptions,
  type Emulator,
  startEmulator,
} from '../../../src/index.ts'
import { type App, startApp } from '../../app.ts'
import { profilesUrl, samplePolicy } from '../../policy.ts'
import { getMetadata } from '../../send.ts'
import { endpoints, idTokenIn } from './_endpoints.ts'

let emulator: Emulator
let app: App
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  app = await startApp()
  emulator.forwardTo('user-profiles', app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})

const each = Object.entries(endpoints) as [DrillableEndpoint, (typeof endpoints)['token']][]
const identityPath =
  '/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://a.example'

describe.for(each)('%s', ([endpoint, ask]) => {
  test('an error with Retry-After, until it is stopped', async () => {
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 7 } as const
    const drill = await emulator.drill({ fault, endpoint })
    const answer = await ask(emulator)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(emulator.requests.at(-1)).toMatchObject({ endpoint, status: 429, drill: drill.id })
    drill.stop()
    expect((await ask(emulator)).status).toBe(200)
    expect(emulator.requests.at(-1)).not.toHaveProperty('drill')
  })

  test('a page of HTML with 200', async () => {
    using _drill = await emulator.drill({ fault: { kind: 'html' }, endpoint })
    const answer = await ask(emulator)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await answer.text()).toMatch(/^<!doctype html>/)
  })

  test('later', async () => {
    const fault = { kind: 'delay', ms: 150 } as const
    const drill = await emulator.drill({ fault, endpoint, times: 1 })
    const began = performance.now()
    expect((await ask(emulator)).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(145)
    expect(emulator.requests.at(-1)).toMatchObject({ endpoint, drill: drill.id })
  })

  test('no answer while the drill lasts; who still waits is answered then', async () => {
    const drill = await emulator.drill({ fault: { kind: 'hang' }, endpoint })
    await expect(ask(emulator, AbortSignal.timeout(100))).rejects.toThrow(/timeout/)
    const waiting = ask(emulator)
    setTimeout(drill.stop, 50)
    expect((await waiting).status).toBe(200)
  })
})

describe.for(['identity', 'token', 'generate-id-token'] as const)('tokens of %s', (endpoint) => {
  const ask = async () => decodeJwt(await idTokenIn(await endpoints[endpoint](emulator)))

  test('for another audience', async () => {
    const before = await ask()
    const drill = await emulator.drill({ fault: { kind: 'wrong-audience' }, endpoint })
    expect((await ask()).aud).toBe('https://wrong-audience.example')
    drill.stop()
    expect(await ask()).toMatchObject({ aud: profilesUrl, sub: before.sub })
  })

  test('expired an hour ago', async () => {
    const drill = await emulator.drill({ fault: { kind: 'expired-token' }, endpoint })
    expect((await ask()).exp).toBeLessThan(Date.now() / 1000 - 3590)
    drill.stop()
    expect((await ask()).exp).toBeGreaterThan(Date.now() / 1000)
  })
})

describe('clock-shift', () => {
  test('a metadata server ahead of time issues tokens from the future', async () => {
    const fault = { kind: 'clock-shift', seconds: 1800 } as const
    const drill = await emulator.drill({ fault, endpoint: 'identity', service: 'login' })
    const ask = async () => decodeJwt(await idTokenIn(await endpoints.identity(emulator)))
    expect((await ask()).iat).toBeGreaterThan(Date.now() / 1000 + 1790)
    drill.stop()
    expect((await ask()).iat).toBeLessThanOrEqual(Date.now() / 1000)
  })

  test('IAM ahead of time takes tokens for expired', async () => {
    const fault = { kind: 'clock-shift', seconds: 3700 } as const
    const drill = await emulator.drill({ fault, endpoint: 'front-door' })
    expect((await endpoints['front-door'](emulator)).status).toBe(401)
    expect(emulator.requests.at(-1)).toMatchObject({ refusal: 'token_invalid', drill: drill.id })
    drill.stop()
    expect((await endpoints['front-door'](emulator)).status).toBe(200)
  })

  test('what is made in between is gone with it: access tokens and certificates', async () => {
    await using google = await startEmulator({ policy: await samplePolicy() })
    const json = async (endpoint: DrillableEndpoint) =>
      (await (await endpoints[endpoint](google)).json()) as Record<string, unknown>
    const accessToken = () => json('access-token')
    const certificate = async () => Object.values(await json('certs'))[0]
    const drill = await google.drill({ fault: { kind: 'clock-shift', seconds: 30 * 24 * 3600 } })
    const [ahead, again, cert] = [await accessToken(), await accessToken(), await certificate()]
    drill.stop()
    const [after, kept] = [await accessToken(), await accessToken()]
    for (const { expires_in: left } of [ahead, again, after]) expect([3599, 3600]).toContain(left)
    expect(new Set([ahead, again, after].map((one) => one.access_token)).size).toBe(3)
    expect(kept.access_token).toBe(after.access_token)
    expect(await certificate()).toBe(cert)
    expect(Date.parse(new X509Certificate(String(cert)).validFrom)).toBeLessThan(Date.now())
  })

  test('a token endpoint behind time refuses assertions', async () => {
    const fault = { kind: 'clock-shift', seconds: -3600 } as const
    using _drill = await emulator.drill({ fault, endpoint: 'token' })
    const answer = await endpoints.token(emulator)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('keys', () => {
  const hour = 3_600_000
  let now = Date.now()
  let google: Emulator
  beforeEach(async () => {
    now = Date.now()
    google = await startEmulator({ policy: await samplePolicy(), now: () => now })
    return () => google.stop()
  })

  async function kids(path: 'v1' | 'v3'): Promise<string[]> {
    const answer = await fetch(`${google.url}/oauth2/${path}/certs`)
    const body = (await answer.json()) as { keys?: { kid: string }[] }
    return body.keys?.map(({ kid }) => kid) ?? Object.keys(body)
  }

  /** What a receiver that fetches the keys now makes of a token. */
  async function verifies(token: string): Promise<boolean> {
    const keys = createRemoteJWKSet(new URL(`${google.url}/oauth2/v3/certs`))
    return jwtVerify(token, keys, { currentDate: new Date(now) }).then(
      () => true,
      () => false,
    )
  }

  const passes = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(google.frontDoor('user-profiles'), { headers })).status
  }
  const mint = () => google.idToken('login', profilesUrl)
  const signer = async () => decodeProtectedHeader(await mint()).kid

  test('rotate-keys: published at once, signing from a minute later', async () => {
    const old = google.signingKey.kid
    const token = await mint()
    await google.drill({ fault: { kind: 'rotate-keys' } })
    const published = await kids('v3')
    expect(published).toEqual([old, expect.stringMatching(/^emulator-/)])
    expect(await kids('v1')).toEqual(published)
    now += 59_000
    expect(await signer()).toBe(old)
    now += 1_000
    expect(await signer()).toBe(published[1])
    expect(google.signingKey.kid).toBe(published[1])
    expect([await verifies(token), await verifies(await mint())]).toEqual([true, true])
  })

  test('its end: the old key signs again, the new one is published for an hour more', async () => {
    const old = google.signingKey.kid
    const drill = await google.drill({ fault: { kind: 'rotate-keys' } })
    now += 60_000
    const token = await mint()
    drill.stop()
    expect(await signer()).toBe(old)
    expect(await verifies(token)).toBe(true)
    now += hour
    expect(await kids('v3')).toEqual([old])
  })

  test('drop-key: tokens of the old key are refused, by receivers and by IAM', async () => {
    await using target = await startApp()
    google.forwardTo('user-profiles', target.url)
    const token = await mint()
    const drill = await google.drill({ fault: { kind: 'drop-key' } })
    expect(await kids('v3')).toEqual([await signer()])
    expect([await verifies(token), await passes(token)]).toEqual([false, 401])
    expect([await verifies(await mint()), await passes(await mint())]).toEqual([true, 200])
    const during = await mint()
    drill.stop()
    expect([await passes(token), await passes(during)]).toEqual([200, 200])
    expect((await kids('v3')).length).toBe(2)
  })

  test('drop-key: a metadata server hands out no token of the old key', async () => {
    const ask = async () => {
      const { body } = await getMetadata(google.env('login').GCE_METADATA_HOST, identityPath)
      return body
    }
    const before = await ask()
    const drill = await google.drill({ fault: { kind: 'drop-key' } })
    expect([await verifies(before), await verifies(await ask())]).toEqual([false, true])
    drill.stop()
    expect(await ask()).toBe(before)
  })

  test('two at a time are taken back one by one', async () => {
    const first = google.signingKey.kid
    const one = await google.drill({ fault: { kind: 'drop-key' } })
    const second = google.signingKey.kid
    const two = await google.drill({ fault: { kind: 'drop-key' } })
    one.stop()
    expect([first, second]).not.toContain(google.signingKey.kid)
    expect(await kids('v3')).toEqual([google.signingKey.kid])
    two.stop()
    expect(google.signingKey.kid).toBe(first)
  })
})

describe('which requests a drill meets', () => {
  const refused = { kind: 'status', status: 503 } as const
  const ask = async (service: string) => {
    const host = emulator.env(service).GCE_METADATA_HOST
    return (await getMetadata(host, identityPath)).status
  }

  test('those of one service', async () => {
    using _drill = await emulator.drill({ fault: refused, endpoint: 'identity', service: 'login' })
    expect([await ask('login'), await ask('search')]).toEqual([503, 200])
  })

  test('so many, and then no more', async () => {
    await emulator.drill({ fault: refused, endpoint: 'identity', times: 2 })
    expect([await ask('login'), await ask('search'), await ask('login')]).toEqual([503, 503, 200])
  })

  test('of two, the newest', async () => {
    using _older = await emulator.drill({ fault: refused, endpoint: 'identity' })
    const newer = await emulator.drill({ fault: { kind: 'status', status: 500 } })
    expect(await ask('login')).toBe(500)
    newer.stop()
    expect(await ask('login')).toBe(503)
  })

  test('everywhere, but not the emulator’s own endpoints', async () => {
    using _drill = await emulator.drill({ fault: refused })
    for (const [, askEndpoint] of each.filter(([name]) => !name.startsWith('generate'))) {
      expect((await askEndpoint(emulator)).status).toBe(503)
    }
    const headers = { 'content-type': 'application/json' }
    const url = `${emulator.url}/emulator/v1/drills`
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    expect((await endpoints.jwks(emulator)).status).toBe(200)
  })

  test('a caller that hangs up while it waits never reaches the app', async () => {
    const drill = await emulator.drill({ fault: { kind: 'hang' }, endpoint: 'front-door' })
    const before = app.received.length
    await expect(endpoints['front-door'](emulator, AbortSignal.timeout(50))).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 50))
    drill.stop()
    expect((await endpoints['front-door'](emulator)).status).toBe(200)
    expect(app.received.length - before).toBe(1)
  })

  test('the emulator stops while somebody hangs', async () => {
    const other = await startEmulator({ policy: await samplePolicy() })
    await other.drill({ fault: { kind: 'hang' } })
    const waiting = endpoints.jwks(other).catch(() => 'gone')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await other.stop()
    await waiting
  })
})

test.for<[string, unknown, RegExp]>([
  ['no fault', {}, /^fault\.kind: write one of delay, hang/],
  ['an unknown fault', { fault: { kind: 'fire' } }, /^fault\.kind/],
  ['a name of Object’s', { fault: { kind: 'constructor' } }, /^fault\.kind/],
  ['a delay of a day', { fault: { kind: 'delay', ms: 86_400_000 } }, /^fault\.ms/],
  ['a status that is no error', { fault: { kind: 'status', status: 200 } }, /^fault\.status/],
  [
    'a Retry-After with a line break',
    { fault: { kind: 'status', status: 429, retryAfterSeconds: '1\r\nx: y' } },
    /^fault\.retryAfterSeconds/,
  ],
  ['a shift in words', { fault: { kind: 'clock-shift', seconds: 'x' } }, /^fault\.seconds/],
  ['an unknown endpoint', { fault: { kind: 'html' }, endpoint: 'x' }, /^endpoint: html can be at/],
  [
    'expired tokens of the key set',
    { fault: { kind: 'expired-token' }, endpoint: 'jwks' },
    /^endpoint: expired-token can be at identity, token, generate-id-token$/,
  ],
  ['an unknown service', { fault: { kind: 'html' }, service: 'x' }, /^service: the policy's are/],
  ['no times', { fault: { kind: 'html' }, times: 0 }, /^times/],
  ['keys of one service', { fault: { kind: 'drop-key' }, service: 'login' }, /^drop-key is of all/],
])('%s is a TypeError that says what to write', async ([, options, message]) => {
  const starting = emulator.drill(options as DrillOptions)
  await expect(starting).rejects.toThrow(TypeError)
  await expect(starting).rejects.toThrow(message)
})
