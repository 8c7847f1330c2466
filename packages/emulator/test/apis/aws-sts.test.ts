import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type AwsFederationConfig, type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import {
  accepted,
  deserialized,
  exchange,
  fromLibrary,
  refused,
  regional,
  serialized,
  toSign,
} from './_aws-exchange.ts'
import { roleCredentials } from './_aws-instance.ts'
import { type RoleCredentials, signForAws } from './_sign-for-aws.ts'

let emulator: Emulator
let config: AwsFederationConfig
let role: RoleCredentials
let aheadMs = 0
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => Date.now() + aheadMs })
  config = emulator.awsFederation('login')
  role = await roleCredentials(config)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await emulator.stop()
})

test('a configuration is as gcloud writes it, points here, and stays the same', () => {
  expect(config).toMatchObject({
    type: 'external_account',
    audience: expect.stringMatching(
      /\/workloadIdentityPools\/emulator-\w+\/providers\/emulator-aws$/,
    ),
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    token_url: `${emulator.url}/v1/token`,
    service_account_impersonation_url: `${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:generateAccessToken`,
    credential_source: { environment_id: 'aws1' },
  })
  expect(emulator.awsFederation('login')).toEqual(config)
  expect(emulator.awsFederation('search').audience).not.toBe(config.audience)
  expect(() => emulator.awsFederation('nobody')).toThrow(TypeError)
})

describe('exchanged is', () => {
  test('what google-auth-library signs, for the principal of the role', async () => {
    const answer = await exchange(await fromLibrary(config), config)
    expect(answer).toMatchObject({ ...accepted, access_token: expect.stringMatching(/^ya29\./) })
    expect(emulator.requests.at(-1)).toMatchObject({
      endpoint: 'sts',
      account: expect.stringMatching(
        /^principal:\/\/iam\.googleapis\.com\/projects\/123\/.+\/subject\/arn:aws:sts::\d{12}:assumed-role\/login-run\/i-[0-9a-f]{17}$/,
      ),
    })
  })

  // Google only recommends to: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
  test('it although that doesn’t sign the provider’s name', async () => {
    const { headers } = deserialized(await fromLibrary(config))
    const authorization = headers.find(({ key }) => key === 'authorization')?.value
    expect(authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
  })

  test('what signs the provider’s name too, with https: before it or without', async () => {
    const plain = signForAws(role, toSign(role, config))
    expect(await exchange(serialized(plain), config)).toMatchObject(accepted)
    const headers = { 'x-goog-cloud-target-resource': `https:${config.audience}` }
    const prefixed = signForAws(role, toSign(role, config, { headers }))
    expect(await exchange(serialized(prefixed), config)).toMatchObject(accepted)
  })

  test.for([
    ['sts.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['sts.amazonaws.com', 'us-east-1'],
  ] as const)('what is signed for %s', async ([host, region]) => {
    const url = regional.replace('sts.us-east-1.amazonaws.com', host)
    const request = signForAws(role, toSign(role, config, { url, region }))
    expect(await exchange(serialized(request), config)).toMatchObject(accepted)
  })

  test('what is encoded as Go and Java do, and names its headers in capitals', async () => {
    const { headers, ...request } = signForAws(role, toSign(role, config))
    const capital = headers.map(({ key, value }) => ({ key: key.toUpperCase(), value }))
    const token = serialized({ ...request, headers: capital }).replaceAll('%20', '+')
    expect(token).toContain('+')
    expect(await exchange(token, config)).toMatchObject(accepted)
  })

  test.for([
    [14.9, accepted],
    [-14.9, accepted],
    [15.1, refused],
    [-15.1, refused],
  ] as const)('what is at most 15 minutes old or ahead: %s', async ([minutes, answer]) => {
    const token = await fromLibrary(config)
    aheadMs = minutes * 60_000
    expect(await exchange(token, config)).toMatchObject(answer)
    aheadMs = 0
  })
})

test('the principal becomes its own service account, and no other', async () => {
  const { access_token: token } = await exchange(await fromLibrary(config), config)
  const statuses = [loginEmail, 'search-run@acme.iam.gserviceaccount.com'].map(async (email) => {
    const url = `${emulator.url}/v1/projects/-/serviceAccounts/${email}:generateIdToken`
    const headers = { authorization: `Bearer ${token}` }
    const body = JSON.stringify({ audience: profilesUrl })
    return (await fetch(url, { method: 'POST', headers, body })).status
  })
  expect(await Promise.all(statuses)).toEqual([200, 403])
})

describe('refused is another type than the provider’s', () => {
  test.for(['jwt', 'id_token'])('a request that is called a %s', async (name) => {
    const type = { subject_token_type: `urn:ietf:params:oauth:token-type:${name}` }
    const answer = await exchange(await fromLibrary(config), { ...config, ...type })
    expect(answer).toMatchObject(refused)
  })

  test('a JWT, by its own type or by AWS’s', async () => {
    const { credential_source: source, ...jwt } = emulator.federation('login')
    const response = await fetch(source.url, { headers: source.headers })
    const { value } = (await response.json()) as { value: string }
    const { audience, subject_token_type } = jwt
    expect(await exchange(value, config)).toMatchObject(refused)
    expect(await exchange(value, { ...config, subject_token_type })).toMatchObject(refused)
    expect(await exchange(value, { ...config, audience })).toMatchObject(refused)
    expect(await exchange(value, jwt)).toMatchObject(accepted)
  })

  test('a request at the provider of JWTs', async () => {
    const { audience } = emulator.federation('login')
    const answer = await exchange(await fromLibrary(config), { ...config, audience })
    expect(answer).toMatchObject(refused)
  })
})
