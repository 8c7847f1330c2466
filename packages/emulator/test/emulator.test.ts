import { existsSync, readdirSync } from 'node:fs'
import type { Service } from '@countersign/policy'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { startApp } from './app.ts'
import { customAudience, loginEmail, profilesUrl, samplePolicy } from './policy.ts'
import { getMetadata } from './send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

describe('env', () => {
  test('it points every client library at the service’s own metadata server', () => {
    const { GCE_METADATA_HOST, GCE_METADATA_IP, GCE_METADATA_ROOT } = emulator.env('login')
    expect(GCE_METADATA_HOST).toMatch(/^127\.0\.0\.1:\d+$/)
    expect([GCE_METADATA_IP, GCE_METADATA_ROOT]).toEqual([GCE_METADATA_HOST, GCE_METADATA_HOST])
    expect(emulator.env('search').GCE_METADATA_HOST).not.toBe(GCE_METADATA_HOST)
  })

  test('it names the emulator, the audiences and the front doors', () => {
    const env = emulator.env('user-profiles')
    expect(env.COUNTERSIGN_EMULATOR).toBe(emulator.url)
    expect(env.COUNTERSIGN_AUDIENCE).toBe(`${profilesUrl},${customAudience}`)
    expect(env.GOOGLE_CLOUD_PROJECT).toBe('acme')
    expect(Object.keys(JSON.parse(env.COUNTERSIGN_SERVICE_URLS ?? ''))).toEqual([
      'login',
      'user-profiles',
      'search',
      'status',
    ])
    expect(JSON.parse(env.COUNTERSIGN_SERVICE_URLS ?? '').search).toBe(emulator.frontDoor('search'))
  })

  test('it names the service, and its front door by each production URL of a service', () => {
    const env = emulator.env('cron')
    expect(env.COUNTERSIGN_SERVICE).toBe('cron')
    expect(JSON.parse(env.COUNTERSIGN_FRONT_DOORS ?? '')).toEqual({
      'https://login-123.us-central1.run.app': emulator.frontDoor('login'),
      [profilesUrl]: emulator.frontDoor('user-profiles'),
      [customAudience]: emulator.frontDoor('user-profiles'),
      'https://search-123.us-central1.run.app': emulator.frontDoor('search'),
      'https://status-123.us-central1.run.app': emulator.frontDoor('status'),
    })
  })

  test('an audience that is not an https URL leads to no front door', async () => {
    const policy = await samplePolicy()
    const status = policy.services.get('status') as Service
    const audiences = [...status.audiences, 'http://127.0.0.1:8081/', 'my-audience']
    const services = new Map([...policy.services, ['status', { ...status, audiences }]])
    await using other = await startEmulator({ policy: { ...policy, services } })
    const { COUNTERSIGN_FRONT_DOORS = '' } = other.env('login')
    expect(Object.keys(JSON.parse(COUNTERSIGN_FRONT_DOORS))).not.toContain('http://127.0.0.1:8081/')
    expect(COUNTERSIGN_FRONT_DOORS).not.toContain('my-audience')
  })

  test('it names the policy’s environment, if the file has any', async () => {
    expect(emulator.env('login').COUNTERSIGN_ENVIRONMENT).toBe('prod')
    const { environment: _, ...policy } = await samplePolicy()
    await using other = await startEmulator({ policy: { ...policy, environment: undefined } })
    expect(other.env('login')).not.toHaveProperty('COUNTERSIGN_ENVIRONMENT')
  })

  test('it keeps a laptop’s own credentials out', () => {
    const { GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG = '' } = emulator.env('login')
    expect(GOOGLE_APPLICATION_CREDENTIALS).toBe('')
    expect(readdirSync(CLOUDSDK_CONFIG)).toEqual([])
  })

  test('points gcloud at the token endpoint and at IAM Credentials', () => {
    expect(emulator.env('login')).toMatchObject({
      CLOUDSDK_AUTH_TOKEN_HOST: `${emulator.url}/token`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${emulator.url}/`,
    })
  })

  test('it never sets what Cloud Run sets', () => {
    const names = Object.keys(emulator.env('login'))
    expect(names).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(K_|CLOUD_RUN|FUNCTION|GAE)/)]),
    )
  })

  test('a service that only calls has neither audience nor front door', () => {
    expect(emulator.env('cron')).not.toHaveProperty('COUNTERSIGN_AUDIENCE')
    expect(() => emulator.frontDoor('cron')).toThrow('"cron" has no front door')
  })

  test('the policy’s port is the app’s PORT', async () => {
    const policy = await samplePolicy()
    const login = policy.services.get('login')
    const services = new Map([['login', { ...login, port: 8123 } as NonNullable<typeof login>]])
    await using other = await startEmulator({ policy: { ...policy, services } })
    expect(other.env('login').PORT).toBe('8123')
  })

  test('the empty folder goes when the emulator stops', async () => {
    const other = await startEmulator({ policy: await samplePolicy() })
    const { CLOUDSDK_CONFIG = '' } = other.env('login')
    expect(existsSync(CLOUDSDK_CONFIG)).toBe(true)
    await other.stop()
    expect(existsSync(CLOUDSDK_CONFIG)).toBe(false)
  })
})

describe('idToken', () => {
  test('it has Google’s header and claims, in Google’s order', async () => {
    const token = await emulator.idToken('login', profilesUrl)
    const { iat = 0, ...claims } = decodeJwt(token)
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'RS256',
      kid: emulator.signingKey.kid,
      typ: 'JWT',
    })
    expect(Object.keys(decodeJwt(token)).join()).toBe(
      'aud,azp,email,email_verified,exp,iat,iss,sub',
    )
    expect(claims).toEqual({
      aud: profilesUrl,
      azp: '107517467455664443765',
      email: loginEmail,
      email_verified: true,
      exp: iat + 3600,
      iss: 'https://accounts.google.com',
      sub: '107517467455664443765',
    })
  })

  test('a subject that isn’t pinned is 21 digits and the same on every start', async () => {
    await using other = await startEmulator({ policy: await samplePolicy() })
    const first = decodeJwt(await emulator.idToken('search', profilesUrl)).sub
    expect(first).toMatch(/^1\d{20}$/)
    expect(decodeJwt(await other.idToken('search', profilesUrl)).sub).toBe(first)
  })

  test('a stranger gets one too', async () => {
    const stranger = 'stranger@elsewhere.iam.gserviceaccount.com'
    const claims = decodeJwt(await emulator.idToken(stranger, profilesUrl))
    expect(claims).toMatchObject({ email: stranger, email_verified: true, aud: profilesUrl })
  })

  test('overrides set claims otherwise, and undefined leaves one out', async () => {
    const token = await emulator.idToken('login', profilesUrl, { exp: 1, email: undefined })
    expect(decodeJwt(token).exp).toBe(1)
    expect(decodeJwt(token)).not.toHaveProperty('email')
  })

  test('a name that is neither a service nor an email is a TypeError', async () => {
    await expect(emulator.idToken('nobody', profilesUrl)).rejects.toThrow(
      'must be a service of the policy or an email address, but is "nobody"',
    )
  })
})

test('what signingKey signs, the served key set verifies', async () => {
  const { kid, privateKey } = emulator.signingKey
  expect(kid).toMatch(/^emulator-/)
  const forged = await new SignJWT({ any: 'claim' })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(privateKey)
  const keys = createRemoteJWKSet(new URL(`${emulator.url}/oauth2/v3/certs`))
  expect((await jwtVerify(forged, keys)).payload).toEqual({ any: 'claim' })
})

test('each start has a key of its own', async () => {
  await using other = await startEmulator({ policy: await samplePolicy() })
  expect(other.signingKey.kid).not.toBe(emulator.signingKey.kid)
})

describe('requests', () => {
  test('they tell who fetched how many ID tokens, and for whom', async () => {
    const path = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${profilesUrl}`
    const fetched = () =>
      emulator.requests.filter((r) => r.endpoint === 'identity' && r.service === 'login')
    const before = fetched().length
    await getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
    await getMetadata(emulator.env('search').GCE_METADATA_HOST, path)
    expect(fetched().length - before).toBe(1)
    expect(fetched().at(-1)).toEqual({
      at: expect.any(Number),
      endpoint: 'identity',
      service: 'login',
      account: loginEmail,
      audience: profilesUrl,
      status: 200,
    })
  })

  test('they never hold a token, whatever was sent and answered', async () => {
    await using app = await startApp()
    emulator.forwardTo('user-profiles', app.url)
    const token = await emulator.idToken('login', profilesUrl)
    const headers = {
      authorization: `Bearer ${token}`,
      'x-serverless-authorization': `Bearer ${token}`,
    }
    await fetch(`${emulator.frontDoor('user-profiles')}/?access_token=${token}`, { headers })
    await fetch(`${emulator.frontDoor('search')}/?access_token=${token}`, { headers })
    const log = JSON.stringify(emulator.requests)
    expect(log).toContain('"endpoint":"front-door"')
    expect(log).not.toContain('eyJ')
    expect(log).not.toContain(token.split('.')[2])
  })
})

describe('forwardTo and setPublic', () => {
  test('an unknown service is a TypeError that lists the known ones', () => {
    const message = 'The policy has no service "nope": write one of login, user-profiles'
    expect(() => emulator.forwardTo('nope', 'http://127.0.0.1:1')).toThrow(message)
    expect(() => emulator.setPublic('nope', true)).toThrow(message)
    expect(() => emulator.env('nope')).toThrow(message)
  })

  test.for([
    'https://127.0.0.1:1',
    'http://127.0.0.1:1/path',
    'http://ann:pass@127.0.0.1:1',
    'http://127.0.0.1:1?x=1',
    'http://127.0.0.1:1#x',
    '127.0.0.1:1',
    '',
  ])('"%s" is not an http origin', (url) => {
    expect(() => emulator.forwardTo('login', url)).toThrow('url must be an http origin, but is')
  })
})
