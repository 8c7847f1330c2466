import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type AwsFederationConfig, type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import {
  accepted,
  exchange,
  fromLibrary,
  refused,
  regional,
  serialized,
  toSign,
} from './_aws-exchange.ts'
import { roleCredentials } from './_aws-instance.ts'
import {
  type RequestForAws,
  type RoleCredentials,
  signForAws,
  type ToSign,
} from './_sign-for-aws.ts'

let emulator: Emulator
let config: AwsFederationConfig
let role: RoleCredentials
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  config = emulator.awsFederation('login')
  role = await roleCredentials(config)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await emulator.stop()
})

describe('refused is what was signed', () => {
  const host = { host: 'sts.us-east-1.amazonaws.com' }

  test('with another secret', async () => {
    const forged = signForAws({ ...role, SecretAccessKey: 'guessed' }, toSign(role, config))
    expect(await exchange(serialized(forged), config)).toMatchObject(refused)
  })

  test('with another role’s credentials', async () => {
    const other = await roleCredentials(emulator.awsFederation('search'))
    for (const { Token } of [other, role]) {
      const request = signForAws(other, toSign({ ...role, Token }, config))
      expect(await exchange(serialized(request), config)).toMatchObject(refused)
    }
  })

  test('for another provider', async () => {
    const search = emulator.awsFederation('search')
    expect(await exchange(await fromLibrary(search), config)).toMatchObject(refused)
    expect(await exchange(await fromLibrary(config), search)).toMatchObject(refused)
  })

  test.for<[string, Partial<ToSign>]>([
    ['for another region than its host’s', { region: 'eu-west-1' }],
    ['for another action', { url: regional.replace('GetCallerIdentity', 'GetSessionToken') }],
    ['with more in its query', { url: `${regional}&X=1` }],
    [
      'for a URL that only has it inside',
      { url: `https://evil.example/#${regional}`, headers: host },
    ],
    ['for another service', { url: regional.replace('sts.', 'iam.') }],
    ['for a host that only ends like AWS’s', { url: regional.replace('sts.', 'evil-sts.') }],
    ['for a host that only begins like it', { url: regional.replace('.com', '.com.evil.example') }],
    ['for another path', { url: regional.replace('?', '/other?') }],
    ['without a date', { headers: { 'x-amz-date': '' } }],
    ['at no time at all', { headers: { 'x-amz-date': '20261399T999999Z' } }],
    ['with another session’s token', { headers: { 'x-amz-security-token': 'another' } }],
    ['for no provider', { headers: { 'x-goog-cloud-target-resource': '' } }],
    ['with another host in its headers', { headers: { host: 'sts.eu-west-1.amazonaws.com' } }],
    ['without its date', { names: ['host', 'x-amz-security-token'] }],
    ['without its host', { names: ['x-amz-date', 'x-amz-security-token'] }],
    ['without its session’s token', { names: ['host', 'x-amz-date'] }],
    ['with a header that it lacks', { names: ['host', 'x-amz-date', 'x-amz-security-token', 'x'] }],
  ])('%s', async ([, changes]) => {
    const request = signForAws(role, toSign(role, config, changes))
    expect(await exchange(serialized(request), config)).toMatchObject(refused)
  })
})

describe('refused is what was changed once it was signed', () => {
  test.for<[string, (request: RequestForAws) => unknown]>([
    ['its method', (request) => ({ ...request, method: 'GET' })],
    ['its url', (request) => ({ ...request, url: `${request.url}&x=1` })],
    ['its region', (request) => moved(request, 'eu-west-1')],
    ['its body', (request) => ({ ...request, body: 'Action=AssumeRole' })],
    ['its provider’s name, where that is signed', prefixed],
    ['its date', (request) => changed(request, 'x-amz-date', inOneMinute())],
    ['its signature', (request) => changed(request, 'authorization', 'AWS4-HMAC-SHA256')],
    ['a header, now there twice', twice],
    ['a header of AWS’s, now there unsigned', (request) => added(request, 'X-Amz-Target', 'x')],
    ['its headers, gone', ({ headers: _, ...request }) => request],
    ['its headers, no list', (request) => ({ ...request, headers: { host: 'a' } })],
    ['its headers, empty', (request) => ({ ...request, headers: [null] })],
    ['a header that is no text', (request) => ({ ...request, headers: [{ key: 1, value: 2 }] })],
    ['its url, gone', ({ url: _, ...request }) => request],
  ])('%s', async ([, change]) => {
    const request = signForAws(role, toSign(role, config))
    expect(await exchange(serialized(request), config)).toMatchObject(accepted)
    expect(await exchange(serialized(change(request)), config)).toMatchObject(refused)
  })
})

test.for(['junk', 'null', '[]', '%', '%7B%7D', 'a.b.c', '%22text%22'])(
  'refused is %s, which is no request',
  async (token) => {
    expect(await exchange(token, config)).toMatchObject(refused)
  },
)

function changed(request: RequestForAws, name: string, value: string): RequestForAws {
  const others = request.headers.filter(({ key }) => key !== name)
  return added({ ...request, headers: others }, name, value)
}

function added(request: RequestForAws, key: string, value: string): RequestForAws {
  return { ...request, headers: [...request.headers, { key, value }] }
}

/** Of two, the last is the right one. */
function twice({ headers, ...request }: RequestForAws): RequestForAws {
  return { ...request, headers: [{ key: 'Host', value: 'evil.example' }, ...headers] }
}

function prefixed(request: RequestForAws): RequestForAws {
  return changed(request, 'x-goog-cloud-target-resource', `https:${config.audience}`)
}

/** In its scope too. */
function moved(request: RequestForAws, region: string): RequestForAws {
  return JSON.parse(JSON.stringify(request).replaceAll('us-east-1', region))
}

function inOneMinute(): string {
  return new Date(Date.now() + 60_000).toISOString().replace(/[-:]|\.\d+/g, '')
}
