import { workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { federation } from '../../src/internal/federation.ts'
import { useCleanEnvironment } from '../_environment.ts'
import { startGoogle } from '../_google.ts'
import { startServer } from '../_server.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'

function configFor(url: string, credential_source: object) {
  return {
    type: 'external_account',
    audience:
      '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    credential_source,
  }
}

describe('workloadIdentityFederation', () => {
  const home = useCleanEnvironment()

  test('exchanges a subject token of a file, and becomes the service account', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const file = home.write('subject', 'subject-token')
    await workloadIdentityFederation(configFor(google.url, { file })).idToken(audience)
    const [exchange, generate] = google.requests
    expect(exchange?.url).toBe('/v1/token')
    expect(exchange?.body).toContain('subject-token')
    expect(generate?.url).toBe(`/v1/projects/-/serviceAccounts/${serviceAccount}:generateIdToken`)
    expect(generate?.headers.authorization).toBe('Bearer ya29.federated')
    expect(google.requests).toHaveLength(2)
  })

  test('reads its configuration from a file, and the subject token from a URL', async () => {
    await using google = await startGoogle()
    await using issuer = await startServer((_seen, _request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ value: 'from-url' }))
    })
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = { url: issuer.url, format: { type: 'json', subject_token_field_name: 'value' } }
    const file = home.write('wif.json', configFor(google.url, source))
    expect(await workloadIdentityFederation(file).accessToken()).toBe('ya29.search')
    expect(google.requests[0]?.body).toContain('from-url')
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
    expect(google.requests[0]?.body).toContain('from-program')
  })

  test('signs for AWS', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('AWS_REGION', 'eu-west-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example')
    const source = {
      environment_id: 'aws1',
      regional_cred_verification_url:
        'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    }
    const config = {
      ...configFor(google.url, source),
      subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    }
    await workloadIdentityFederation(config).idToken(audience)
    expect(decodeURIComponent(google.requests[0]?.body ?? '')).toContain('AWS4-HMAC-SHA256')
  })

  test('says why there is no token, without the subject token', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    google.misbehave({ status: 400, body: JSON.stringify({ error: 'invalid_target' }) })
    const file = home.write('subject', 'subject-token')
    const source = workloadIdentityFederation(configFor(google.url, { file }))
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('invalid_target') }),
    })
  })

  test('says what to install where the library is missing', async () => {
    const config = configFor('https://sts.googleapis.com', { file: 'x' })
    const source = federation(
      { ...config, service_account_impersonation_url: iamUrl },
      {
        fetch: undefined,
        emulator: undefined,
        load: async () => {
          throw new Error("Cannot find package 'google-auth-library'")
        },
      },
    )
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      hint: expect.stringContaining('npm install google-auth-library'),
    })
  })

  test.each([
    [{ type: 'service_account' }, "type must be 'external_account'"],
    [{ audience: undefined }, 'audience is missing'],
    [{ subject_token_type: undefined }, 'subject_token_type is missing'],
    [{ token_url: 'https://evil.example' }, 'token_url must be'],
    [{ token_url: undefined }, 'token_url must be'],
    [{ token_info_url: 'https://evil.example' }, 'token_info_url must be'],
    [{ credential_source: undefined }, 'credential_source must be'],
    [{ service_account_impersonation_url: undefined }, 'is missing: only a service account'],
    [{ service_account_impersonation_url: 'https://evil.example' }, '_impersonation_url must be'],
    [
      { service_account_impersonation_url: 'https://iamcredentials.googleapis.com/v1' },
      '_impersonation_url must be',
    ],
  ])('refuses a configuration with %o', (wrong, message) => {
    const config = {
      ...configFor('https://sts.googleapis.com', { file: 'x' }),
      service_account_impersonation_url: iamUrl,
      token_info_url: 'https://sts.googleapis.com/v1/introspect',
    }
    expect(() => workloadIdentityFederation(config)).not.toThrow()
    expect(() => workloadIdentityFederation({ ...config, ...wrong } as never)).toThrow(TypeError)
    expect(() => workloadIdentityFederation({ ...config, ...wrong } as never)).toThrow(message)
  })

  test.each([
    '..%2f..%2f..%2f..%2fcompute%2fv1%2fprojects%2fp%2fzones%2fz%2finstances%2fi%2fstop%3fx=',
    'a@acme.iam.gserviceaccount.com%3fx=',
    'a@acme.iam.gserviceaccount.com%23',
    'a@..%2f..',
    'a%2fb@acme.example',
    '%zz',
    'nobody',
  ])('refuses to become %s', (name) => {
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${name}:generateAccessToken`
    const config = configFor('https://sts.googleapis.com', { file: 'x' })
    const wrong = { ...config, service_account_impersonation_url: url }
    expect(() => workloadIdentityFederation(wrong)).toThrow(TypeError)
    expect(() => workloadIdentityFederation(wrong)).toThrow(
      'service_account_impersonation_url must be the email',
    )
  })
})

const iamUrl = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`
