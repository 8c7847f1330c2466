import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AwsFederationConfig, type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { openSession, roleCredentials } from './_aws-instance.ts'

let emulator: Emulator
let config: AwsFederationConfig
let now = Date.parse('2026-11-22T12:00:00Z')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
  config = emulator.awsFederation('login')
})
afterAll(() => emulator.stop())

async function get(url: string, session?: string): Promise<{ status: number; body: string }> {
  const headers = session === undefined ? {} : { 'x-aws-ec2-metadata-token': session }
  const response = await fetch(url, { headers })
  return { status: response.status, body: await response.text() }
}

function put(headers: Record<string, string>): Promise<Response> {
  const url = config.credential_source.imdsv2_session_token_url
  return fetch(url, { method: 'PUT', headers })
}

const ttl = 'x-aws-ec2-metadata-token-ttl-seconds'

test('it tells its zone, its role and the role’s credentials, the same each time', async () => {
  const { region_url: zone, url } = config.credential_source
  const session = await openSession(config)
  expect(await get(zone, session)).toEqual({ status: 200, body: 'us-east-1a' })
  expect(await get(url, session)).toEqual({ status: 200, body: 'login-run' })
  expect(await get(`${url}/`, session)).toEqual({ status: 200, body: 'login-run' })
  expect(JSON.parse((await get(`${url}/login-run`, session)).body)).toEqual({
    Code: 'Success',
    LastUpdated: '2026-11-22T12:00:00Z',
    Type: 'AWS-HMAC',
    AccessKeyId: expect.stringMatching(/^ASIA[0-9A-Z]{16}$/),
    SecretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
    Token: expect.stringMatching(/^[\w+/=]{200,}$/),
    Expiration: '2026-11-22T18:00:00Z',
  })
  expect(await roleCredentials(config)).toEqual(await roleCredentials(config))
})

test('each account has another instance, with other credentials', async () => {
  const other = emulator.awsFederation('search')
  expect(other.credential_source.url).not.toBe(config.credential_source.url)
  const [one, two] = [await roleCredentials(config), await roleCredentials(other)]
  expect(one.AccessKeyId).not.toBe(two.AccessKeyId)
  expect(one.SecretAccessKey).not.toBe(two.SecretAccessKey)
  expect(one.Token).not.toBe(two.Token)
})

describe('a session (IMDSv2)', () => {
  const places = ['region_url', 'url'] as const

  test.for(places)('%s is refused without one', async (place) => {
    const url = config.credential_source[place]
    expect((await get(url)).status).toBe(401)
    expect((await get(url, 'guessed')).status).toBe(401)
    expect((await get(`${url}/login-run`)).status).toBe(401)
  })

  test('another instance’s session is refused', async () => {
    const session = await openSession(emulator.awsFederation('search'))
    expect((await get(config.credential_source.url, session)).status).toBe(401)
  })

  test('ends with its time', async () => {
    const session = await openSession(config, '60')
    now += 59_999
    expect((await get(config.credential_source.url, session)).status).toBe(200)
    now += 1
    expect((await get(config.credential_source.url, session)).status).toBe(401)
  })

  test.for(['0', '21601', '-1', '1e3', 'x'])('of %s seconds is refused', async (seconds) => {
    expect((await put({ [ttl]: seconds })).status).toBe(400)
  })

  test('of no time, or through a proxy, is refused', async () => {
    expect((await put({})).status).toBe(400)
    expect((await put({ [ttl]: '60', 'x-forwarded-for': '203.0.113.1' })).status).toBe(403)
  })

  test('can last six hours, which the answer confirms', async () => {
    const answer = await put({ [ttl]: '21600' })
    expect([answer.status, answer.headers.get(ttl)]).toEqual([200, '21600'])
  })
})

test('there is no other instance, and nothing else at one', async () => {
  const { url, region_url: zone } = config.credential_source
  const session = await openSession(config)
  const unknown = url.replace(/i-[0-9a-f]+/, 'i-0123456789abcdef0')
  expect((await get(unknown, session)).status).toBe(404)
  expect((await get(`${url}/another-role`, session)).status).toBe(404)
  expect((await get(zone.replace('placement', 'public-keys'), session)).status).toBe(404)
})

test('all of it is listed as aws-instance', async () => {
  await roleCredentials(config)
  const asked = emulator.requests.slice(-3).map(({ endpoint, status }) => ({ endpoint, status }))
  expect(asked).toEqual([1, 2, 3].map(() => ({ endpoint: 'aws-instance', status: 200 })))
})
