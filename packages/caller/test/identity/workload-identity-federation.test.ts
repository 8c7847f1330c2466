import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { type ExternalAccountConfig, workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { checkFederation } from '../../src/identity/credentials/check-credentials.ts'
import { federation } from '../../src/identity/exchange/federation.ts'
import { useCleanEnvironment } from '../_environment.ts'
import { audience, config, configFor, formOf, iam } from '../_federation.ts'
import { startGoogle } from '../_google.ts'
import { startServer } from '../_server.ts'
import { provider } from '../_sts.ts'

describe('workloadIdentityFederation', () => {
  const home = useCleanEnvironment()

  test('exchanges a subject token of a file, and becomes the service account', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const file = home.write('subject', 'subject-token')
    await workloadIdentityFederation(configFor(google.url, { file })).idToken(audience)
    const [exchange, generate] = google.requests
    expect(exchange?.url).toBe('/v1/token')
    expect(formOf(exchange ?? { body: '' })).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: provider,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token: 'subject-token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    expect(generate?.url).toBe(`${iam}:generateIdToken`)
    expect(generate?.headers.authorization).toBe('Bearer ya29.federated')
    expect(google.requests).toHaveLength(2)
  })

  test('names the project that pays for a workforce pool', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const file = home.write('subject', 'subject-token')
    const more = { workforce_pool_user_project: 'acme' }
    await workloadIdentityFederation(configFor(google.url, { file }, more)).accessToken()
    expect(formOf(google.requests[0] ?? { body: '' }).options).toBe('{"userProject":"acme"}')
  })

  test('reads its configuration from a file, and the subject token from a URL', async () => {
    await using google = await startGoogle()
    await using issuer = await startServer((_seen, _request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ value: 'from-url' }))
    })
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = {
      url: `${issuer.url}/token?version=1`,
      headers: { Metadata: 'True' },
      format: { type: 'json', subject_token_field_name: 'value' },
    }
    const file = home.write('wif.json', configFor(google.url, source))
    expect(await workloadIdentityFederation(file).accessToken()).toBe('ya29.search')
    expect(issuer.requests[0]).toMatchObject({
      method: 'GET',
      url: '/token?version=1',
      headers: { metadata: 'True' },
    })
    expect(formOf(google.requests[0] ?? { body: '' }).subject_token).toBe('from-url')
  })

  test('runs a program where that is allowed', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1')
    const answer = {
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:jwt',
      id_token: 'from-program',
      expiration_time: Math.floor(Date.now() / 1000) + 60,
    }
    const output = home.write('answer.json', answer)
    const executable = { command: `cat ${output}`, timeout_millis: 5000 }
    await workloadIdentityFederation(configFor(google.url, { executable })).idToken(audience)
    expect(formOf(google.requests[0] ?? { body: '' }).subject_token).toBe('from-program')
  })

  test('says why there is no token, without the subject token', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    google.misbehave({ status: 400, body: JSON.stringify({ error: 'invalid_target' }) })
    const file = home.write('subject', 'subject-token')
    const source = workloadIdentityFederation(configFor(google.url, { file }))
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('answered 400: invalid_target'),
      hint: expect.stringContaining('its pool or provider is disabled, deleted or misspelt'),
    })
  })

  test.each([
    [
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
      'attribute condition',
    ],
    ['invalid_grant', 'The mapped attribute must be of type STRING.', 'attribute mapping'],
    [
      'invalid_grant',
      'The issuer in ID Token https://a.example does not match the expected ones: https://b.example',
      "not from the provider's issuer",
    ],
    [
      'invalid_grant',
      'The audience in ID Token [x] does not match the expected audience.',
      'whose audience the provider allows',
    ],
    [
      'invalid_grant',
      "Error connecting to the given credential's issuer.",
      '/.well-known/openid-configuration',
    ],
    ['invalid_grant', 'ID Token issued at 1 is stale to sign-in.', 'get it anew'],
    ['invalid_grant', 'Unable to parse the ID Token.', 'not what subject_token_type says'],
    ['invalid_grant', 'Invalid JWT signature.', 'not signed by a key'],
    [
      'invalid_grant',
      'Received invalid AWS response of type: ACCESSDENIED with error message: SignatureDoesNotMatch',
      'check the AWS credentials',
    ],
    ['invalid_grant', 'Something new', 'Check the subject token'],
    [
      'invalid_request',
      'Caller lacks serviceusage.services.use',
      'roles/serviceusage.serviceUsageConsumer',
    ],
  ])('says what to do about %s: %s', async (error, error_description, hint) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    google.misbehave({ status: 400, body: JSON.stringify({ error, error_description }) })
    const file = home.write('subject', 'subject-token')
    const source = workloadIdentityFederation(configFor(google.url, { file }))
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(error),
      hint: expect.stringContaining(hint),
    })
  })

  test('takes a subject token that only code can get, within the call that needs it', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const request = new AsyncLocalStorage<string>()
    const subjectToken = async () => ` token-of-${request.getStore()}\n`
    const source = workloadIdentityFederation(suppliedBy(google.url, { subjectToken }))
    await request.run('one', () => source.idToken(audience))
    await request.run('two', () => source.accessToken())
    const exchanges = google.requests.filter(({ url }) => url === '/v1/token')
    expect(exchanges.map((exchange) => formOf(exchange).subject_token)).toEqual([
      'token-of-one',
      'token-of-two',
    ])
  })

  test.each([
    ['throws', () => Promise.reject(new Error('no eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln'))],
    [
      'throws at once',
      () => {
        throw new Error('not in a request')
      },
    ],
    ['returns nothing', async () => ''],
    ['returns no text', async () => ({ token: 'x' })],
  ])('whose subjectToken %s says so, without secrets', async (_how, subjectToken) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const config = suppliedBy(google.url, { subjectToken })
    const call = workloadIdentityFederation(config).idToken(audience)
    const error: unknown = await call.catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'identity_unavailable',
      message: 'subjectToken returned no token',
      cause: expect.any(Error),
    })
    expect(inspect(error, { depth: 9 })).not.toContain('eyJ')
    expect(google.requests).toHaveLength(0)
  })

  test('ends by its time-out, and with the signal, where subjectToken never answers', async () => {
    const config = suppliedBy('https://sts.googleapis.com', {
      subjectToken: () => new Promise(() => {}),
      service_account_impersonation_url: `https://iamcredentials.googleapis.com${iam}:generateAccessToken`,
    })
    const checked = checkFederation(config, undefined)
    const slow = federation(checked, { fetch: undefined, timeoutMs: 30 })
    await expect(slow.idToken(audience)).rejects.toMatchObject({ code: 'identity_timeout' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(
      federation(checked, { fetch: undefined }).idToken(audience, { signal }),
    ).rejects.toThrow('enough')
  })

  test.each([
    [{ subjectToken: 'x' }, 'subjectToken must be a function'],
    [{ subjectToken: async () => 'x', credential_source: { file: 'x' } }, 'are both given'],
    [{ subject_token_supplier: {} }, 'write subjectToken: () => Promise<string>'],
    [{}, 'credential_source must be an object'],
  ])('refuses %o in its place', (more, message) => {
    const google = suppliedBy('https://sts.googleapis.com', more)
    const url = `https://iamcredentials.googleapis.com${iam}:generateAccessToken`
    const wrong = { ...google, service_account_impersonation_url: url }
    expect(() => workloadIdentityFederation(wrong)).toThrow(TypeError)
    expect(() => workloadIdentityFederation(wrong)).toThrow(message)
  })

  test('says what to check where there is no subject token', async () => {
    const source = federation(checkFederation(config, undefined), { fetch: undefined })
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      hint: expect.stringContaining('credential_source'),
      cause: expect.any(Error),
    })
  })

  test('says what to install where the library is missing', async () => {
    const source = federation(checkFederation(config, undefined), {
      fetch: undefined,
      load: async () => {
        throw new Error("Cannot find package 'google-auth-library'")
      },
    })
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      hint: expect.stringContaining('npm install google-auth-library'),
    })
  })
})

/** A configuration without a `credential_source`. */
function suppliedBy(url: string, more: object): ExternalAccountConfig {
  const { credential_source: _, ...bare } = configFor(url, {})
  return { ...bare, ...more } as ExternalAccountConfig
}
