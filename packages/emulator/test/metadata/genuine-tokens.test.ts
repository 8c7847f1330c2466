import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { type Emulator, type GenuineIdentity, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { type Answer, getMetadata } from '../send.ts'

const account = '/computeMetadata/v1/instance/service-accounts/default'
const loginUrl = 'https://login-123.us-central1.run.app'

async function startWith(identity: GenuineIdentity): Promise<Emulator> {
  const policy = await samplePolicy()
  const emulator = await startEmulator({ policy, identities: { login: identity } })
  onTestFinished(() => emulator.stop())
  return emulator
}

const genuine: GenuineIdentity = {
  idToken: async (audience) => `genuine for ${audience}`,
  accessToken: async () => 'genuine access token',
}

function ask(emulator: Emulator, service: string, path: string): Promise<Answer> {
  return getMetadata(emulator.env(service).GCE_METADATA_HOST, path)
}

test('ID tokens for others are genuine, in the shape that metadata servers give them', async () => {
  const emulator = await startWith(genuine)
  const answer = await ask(emulator, 'login', `${account}/identity?audience=${profilesUrl}`)
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/html', 'metadata-flavor': 'Google' },
    body: `genuine for ${profilesUrl}`,
  })
  expect(emulator.requests.at(-1)).toMatchObject({ audience: profilesUrl, account: loginEmail })
})

test('access tokens are genuine, and said to live for less than any does', async () => {
  const answer = await ask(await startWith(genuine), 'login', `${account}/token`)
  expect(JSON.parse(answer.body)).toEqual({
    access_token: 'genuine access token',
    expires_in: 600,
    token_type: 'Bearer',
  })
})

test.for(['metadata.google.internal', '169.254.169.254'])(
  'as %s, to which somebody’s DNS may point here, there are none',
  async (host) => {
    const emulator = await startWith(genuine)
    const statuses = ['login', 'search'].map(async (service) => {
      const { GCE_METADATA_HOST } = emulator.env(service)
      const path = `${account}/identity?audience=${profilesUrl}`
      return (await getMetadata(GCE_METADATA_HOST, path, { host })).status
    })
    expect(await Promise.all(statuses)).toEqual([403, 200])
  },
)

test('a token for the service itself is the emulator’s', async () => {
  const emulator = await startWith(genuine)
  const { body } = await ask(emulator, 'login', `${account}/identity?audience=${loginUrl}`)
  expect(decodeJwt(body)).toMatchObject({ aud: loginUrl, email: loginEmail })
})

test('other services’ tokens are the emulator’s', async () => {
  const emulator = await startWith(genuine)
  const { body } = await ask(emulator, 'search', `${account}/identity?audience=${profilesUrl}`)
  expect(decodeJwt(body)).toMatchObject({ aud: profilesUrl })
})

test('nobody gets one for another account, or without Metadata-Flavor', async () => {
  const emulator = await startWith(genuine)
  const other = account.replace('default', 'other-run@acme.iam.gserviceaccount.com')
  for (const path of [`${other}/identity?audience=a`, `${other}/token`]) {
    expect((await ask(emulator, 'login', path)).status).toBe(404)
  }
  const host = emulator.env('login').GCE_METADATA_HOST
  expect((await fetch(`http://${host}${account}/token`)).status).toBe(403)
})

test('if Google gives no token, the answer is 503 without a reason', async () => {
  const fail = () => Promise.reject(new Error('secret'))
  const emulator = await startWith({ idToken: fail, accessToken: fail })
  for (const path of [`${account}/identity?audience=a`, `${account}/token`]) {
    const { status, body } = await ask(emulator, 'login', path)
    expect([status, body]).toEqual([503, 'Google gave no token.\n'])
  }
})

test('an identity of an unknown service is refused', async () => {
  const starting = startEmulator({ policy: await samplePolicy(), identities: { logn: genuine } })
  await expect(starting).rejects.toThrow(
    'identities must name services of the policy, but names "logn"',
  )
})
