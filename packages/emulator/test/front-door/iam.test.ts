import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, type EmulatorRequest, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'
import { customAudience, loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { type Answer, send } from '../send.ts'

let emulator: Emulator
let app: App
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  app = await startApp()
  for (const name of ['user-profiles', 'search', 'status']) emulator.forwardTo(name, app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => {
  app.received.length = 0
})

function call(headers: Record<string, string>, service = 'user-profiles'): Promise<Answer> {
  return send(`${emulator.frontDoor(service)}/profiles/7`, { headers })
}

async function withToken(token: string, service?: string): Promise<Answer> {
  return call({ authorization: `Bearer ${token}` }, service)
}

function lastRequest(): Partial<EmulatorRequest> {
  const { at, endpoint, ...rest }: Partial<EmulatorRequest> = emulator.requests.at(-1) ?? {}
  return rest
}

function expectUnauthorized({ status, headers, body }: Answer): void {
  expect(status).toBe(401)
  expect(headers['content-type']).toBe('text/html; charset=UTF-8')
  expect(headers['www-authenticate']).toBe(
    'Bearer error="invalid_token" error_description="The access token could not be verified"',
  )
  expect(body).toContain('<title>401 Unauthorized</title>')
  expect(body).toContain(
    'Your client does not have permission to the requested URL <code>/profiles/7</code>.',
  )
  expect(app.received).toEqual([])
}

function expectForbidden({ status, headers, body }: Answer): void {
  expect(status).toBe(403)
  expect(headers['content-type']).toBe('text/html; charset=UTF-8')
  expect(headers).not.toHaveProperty('www-authenticate')
  expect(body).toContain(
    'Your client does not have permission to get URL <code>/profiles/7</code> from this server.',
  )
  expect(app.received).toEqual([])
}

describe('a person with a token of gcloud’s', () => {
  const clients = [
    '32555940559.apps.googleusercontent.com',
    '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  ]

  test.for(clients)(
    'is known, whatever service is called, and may not invoke it: %s',
    async (aud) => {
      expectForbidden(await withToken(await emulator.idToken('ada@acme.example', aud)))
      expect(lastRequest()).toMatchObject({ refusal: 'not_invoker', account: 'ada@acme.example' })
    },
  )

  test('is told so with the emulator’s own credentials file too', async () => {
    const { client_id, client_secret, refresh_token, token_uri } = emulator.userCredentials()
    const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token }
    const answer = await fetch(token_uri, { method: 'POST', body: new URLSearchParams(form) })
    const { id_token: token } = (await answer.json()) as { id_token: string }
    expectForbidden(await withToken(token))
  })

  test('is refused as expired, if it has expired', async () => {
    const token = await emulator.idToken('ada@acme.example', clients[0] ?? '', { exp: 1 })
    expectUnauthorized(await withToken(token))
  })

  test.each([
    ['another client', 'ada@acme.example', '1-x.apps.googleusercontent.com'],
    ['a service account', 'login', clients[0] ?? ''],
  ])('%s is held to the audience', async (_title, who, aud) => {
    expectUnauthorized(await withToken(await emulator.idToken(who, aud)))
  })
})

describe('a private service', () => {
  test('a caller with run.invoker gets through', async () => {
    const { status, body } = await withToken(await emulator.idToken('login', profilesUrl))
    expect({ status, body }).toEqual({ status: 200, body: 'hello' })
    expect(lastRequest()).toEqual({ service: 'user-profiles', account: loginEmail, status: 200 })
  })

  test('a custom audience is as good as the URL', async () => {
    expect((await withToken(await emulator.idToken('login', customAudience))).status).toBe(200)
  })

  test('its URL with a slash at the end is taken too, as in Google’s samples, and marked', async () => {
    const token = await emulator.idToken('login', `${profilesUrl}/`)
    expect((await withToken(token)).status).toBe(200)
    const call = emulator.events.kept.findLast((event) => event.type === 'call')
    expect(call?.layers).toContainEqual(
      expect.objectContaining({ stage: 'front-door', verdict: 'admitted', tolerance: 'slash' }),
    )
  })

  test('a slash opens the service to nobody else', async () => {
    expectForbidden(await withToken(await emulator.idToken('search', `${profilesUrl}/`)))
  })

  test('what is not tolerated is not marked', async () => {
    await withToken(await emulator.idToken('login', profilesUrl))
    const call = emulator.events.kept.findLast((event) => event.type === 'call')
    const verdict = call?.layers.find(({ stage }) => stage === 'front-door')
    expect(verdict).not.toHaveProperty('tolerance')
  })

  test('the scheme’s case does not matter', async () => {
    const token = await emulator.idToken('login', profilesUrl)
    expect((await call({ authorization: `bearer ${token}` })).status).toBe(200)
  })

  test.for<[string, Record<string, string>]>([
    ['no token', {}],
    ['Basic', { authorization: 'Basic bG9naW46c2VjcmV0' }],
    ['an empty X-Serverless-Authorization', { 'x-serverless-authorization': '' }],
  ])('%s: 403', async ([, headers]) => {
    expectForbidden(await call(headers))
    expect(lastRequest()).toEqual({
      service: 'user-profiles',
      status: 403,
      refusal: 'token_missing',
    })
  })

  test('a valid token of somebody without run.invoker: 403', async () => {
    expectForbidden(await withToken(await emulator.idToken('search', profilesUrl)))
    expect(lastRequest()).toEqual({
      service: 'user-profiles',
      status: 403,
      refusal: 'not_invoker',
      account: 'search-run@acme.iam.gserviceaccount.com',
    })
    expectForbidden(
      await withToken(await emulator.idToken('account-x@y.iam.gserviceaccount.com', profilesUrl)),
    )
  })

  test('a re-created account has the email, but not the role', async () => {
    const token = await emulator.idToken('login', profilesUrl, { sub: '100000000000000000001' })
    expectForbidden(await withToken(token))
  })

  test('a token without an email is known by its sub', async () => {
    const token = await emulator.idToken('login', profilesUrl, { email: undefined })
    expect((await withToken(token)).status).toBe(200)
    expect(lastRequest().account).toBe('107517467455664443765')
  })

  test('the callee may not call its caller', async () => {
    const loginUrl = 'https://login-123.us-central1.run.app'
    const token = await emulator.idToken('user-profiles', loginUrl)
    expectForbidden(await withToken(token, 'login'))
  })

  const hourAgo = Math.floor(Date.now() / 1000) - 3600
  test.for<[string, string, Record<string, unknown>]>([
    ['expired', profilesUrl, { iat: hourAgo - 3600, exp: hourAgo }],
    ['for another service', 'https://search-123.us-central1.run.app', {}],
    ['with two slashes', `${profilesUrl}//`, {}],
    ['with a path', `${profilesUrl}/profiles/7`, {}],
    ['for a custom audience with a slash', `${customAudience}/`, {}],
    ['for another service with a slash', 'https://search-123.us-central1.run.app/', {}],
    ['with a slash, and expired', `${profilesUrl}/`, { iat: hourAgo - 3600, exp: hourAgo }],
    ['for the front door itself', 'front door', {}],
    ['with an issuer that isn’t Google', profilesUrl, { iss: 'https://evil.example' }],
    ['without exp', profilesUrl, { exp: undefined }],
    ['without sub', profilesUrl, { sub: undefined }],
  ])('a token %s: 401', async ([, audience, overrides]) => {
    const aud = audience === 'front door' ? emulator.frontDoor('user-profiles') : audience
    expectUnauthorized(await withToken(await emulator.idToken('login', aud, overrides)))
    expect(lastRequest()).toEqual({
      service: 'user-profiles',
      status: 401,
      refusal: 'token_invalid',
    })
  })

  test('a token signed by another key: 401, under its own kid and under ours', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = {
      aud: profilesUrl,
      iss: 'https://accounts.google.com',
      sub: '107517467455664443765',
    }
    for (const kid of [emulator.signingKey.kid, 'another']) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setExpirationTime('1h')
        .sign(privateKey)
      expectUnauthorized(await withToken(token))
    }
  })

  test('alg none, a broken and a removed signature, an access token, junk: 401', async () => {
    const token = await emulator.idToken('login', profilesUrl)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const broken = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const bad of [
      `${none}.${payload}.`,
      `${header}.${payload}.${broken}`,
      `${header}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`,
      'ya29.c.something',
      'junk',
    ]) {
      expectUnauthorized(await withToken(bad))
    }
  })
})

describe('X-Serverless-Authorization', () => {
  test('only it is checked if both are present', async () => {
    const good = `Bearer ${await emulator.idToken('login', profilesUrl)}`
    const bad = `Bearer ${await emulator.idToken('search', profilesUrl)}`
    const admitted = await call({ authorization: bad, 'x-serverless-authorization': good })
    expect(admitted.status).toBe(200)
    app.received.length = 0
    expectForbidden(await call({ authorization: good, 'x-serverless-authorization': bad }))
  })

  test('its signature is gone when the app gets it, and Authorization is untouched', async () => {
    const token = await emulator.idToken('login', profilesUrl)
    const value = `Bearer ${token}`
    await call({ Authorization: value, 'X-Serverless-Authorization': value })
    const [header, payload] = token.split('.')
    expect(app.received[0]?.headers).toMatchObject({
      authorization: value,
      'x-serverless-authorization': `Bearer ${header}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`,
    })
  })

  test('its signature is removed on a public service too, where it is not verified', async () => {
    const forged = { 'x-serverless-authorization': 'Bearer made.up.token' }
    expect((await call(forged, 'status')).status).toBe(200)
    expect(app.received[0]?.headers['x-serverless-authorization']).toBe(
      'Bearer made.up.SIGNATURE_REMOVED_BY_GOOGLE',
    )
  })
})

describe('a public service', () => {
  test('anybody gets through, with a bad token too', async () => {
    expect((await call({}, 'status')).status).toBe(200)
    expect((await withToken('junk', 'status')).status).toBe(200)
  })

  test('setPublic grants and takes away', async () => {
    expectForbidden(await call({}, 'search'))
    emulator.setPublic('search', true)
    expect((await call({}, 'search')).status).toBe(200)
    emulator.setPublic('search', false)
    app.received.length = 0
    expectForbidden(await call({}, 'search'))
  })
})

test('a push’s account and a job have run.invoker where they deliver to', async () => {
  const audience = 'https://search-123.us-central1.run.app'
  const push = await emulator.idToken('pusher@acme.iam.gserviceaccount.com', audience)
  expect((await withToken(push, 'search')).status).toBe(200)
  expect((await withToken(await emulator.idToken('cron', audience), 'search')).status).toBe(200)
})

test('what was asked for is text in the page, not markup', async () => {
  const target = `/<script>alert(1)</script>?"&'`
  const { body } = await send(emulator.frontDoor('search'), { target })
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;?&quot;&amp;&#39;')
  expect(body).not.toContain('<script>')
})
