import { workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../../_environment.ts'
import { audience, config, configFor, formOf, iam } from '../../_federation.ts'
import { startGoogle } from '../../_google.ts'
import { startServer } from '../../_server.ts'

describe('a configuration of a federation', () => {
  const home = useCleanEnvironment()

  test.each([
    [{ type: 'service_account' }, 'type must be "external_account"'],
    [{ audience: undefined }, 'audience is missing'],
    [{ subject_token_type: undefined }, 'subject_token_type is missing'],
    [{ token_url: 'https://evil.example' }, 'token_url must be'],
    [{ token_url: 'https://storage.googleapis.com/upload/b/evil/o?name=x' }, 'token_url must be'],
    [{ token_url: undefined }, 'token_url must be'],
    [{ token_info_url: 'https://evil.example' }, 'token_info_url must be'],
    [{ service_account_impersonation_url: undefined }, 'is missing: only a service account'],
    [{ service_account_impersonation_url: 'https://evil.example' }, '_impersonation_url must be'],
    [
      { service_account_impersonation_url: 'https://iamcredentials.googleapis.com/v1' },
      '_impersonation_url must be',
    ],
    [{ credential_source: undefined }, 'credential_source must be an object'],
    [{ credential_source: {} }, 'must have a file, url, executable or environment_id'],
    [{ credential_source: { certificate: {} } }, 'no other is supported'],
    [{ credential_source: { file: '' } }, 'credential_source.file must be a string'],
    [{ credential_source: { url: 7 } }, 'credential_source.url must be a string'],
    [{ credential_source: { url: 'x', headers: 'y' } }, '.headers must be an object'],
    [{ credential_source: { url: 'x', headers: { a: 7 } } }, '.headers.a must be a string'],
    [{ credential_source: { file: 'x', format: 'json' } }, '.format must be an object'],
    [{ credential_source: { executable: 'x' } }, '.executable must be an object'],
    [
      { credential_source: { executable: { command: 'x', timeout_millis: 'y' } } },
      '.timeout_millis must be a number',
    ],
  ])('is refused with %o', (wrong, message) => {
    const whole = { ...config, token_info_url: 'https://sts.googleapis.com/v1/introspect' }
    expect(() => workloadIdentityFederation(whole)).not.toThrow()
    expect(() => workloadIdentityFederation({ ...whole, ...wrong } as never)).toThrow(TypeError)
    expect(() => workloadIdentityFederation({ ...whole, ...wrong } as never)).toThrow(message)
  })

  test.each([
    '..%2f..%2f..%2f..%2fcompute%2fv1%2fprojects%2fp%2fzones%2fz%2finstances%2fi%2fstop%3fx=',
    'a@acme.iam.gserviceaccount.com%3fx=',
    'a@acme.iam.gserviceaccount.com%23',
    'a@..%2f..',
    'a%2fb@acme.example',
    '%zz',
    'nobody',
  ])('is refused where it becomes %s', (name) => {
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${name}:generateAccessToken`
    const wrong = { ...config, service_account_impersonation_url: url }
    expect(() => workloadIdentityFederation(wrong)).toThrow(TypeError)
    expect(() => workloadIdentityFederation(wrong)).toThrow(
      'service_account_impersonation_url must be the email',
    )
  })

  test('is read by the names that Google documents, and no others', async () => {
    await using google = await startGoogle()
    await using evil = await startServer((_seen, _request, response) => {
      response.end(JSON.stringify({ accessToken: 'ya29.evil', expireTime: '2100-01-01T00:00:00Z' }))
    })
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const file = home.write('subject', 'subject-token')
    const source = { file, url: evil.url, subjectTokenSupplier: evil.url, environmentId: 'aws1' }
    const more = {
      serviceAccountImpersonationUrl: `${evil.url}${iam}:generateAccessToken`,
      tokenUrl: `${evil.url}/v1/token`,
      token_url_: evil.url,
      cloudResourceManagerURL: evil.url,
      credentials: { access_token: 'ya29.planted' },
      transporterOptions: { baseURL: evil.url, proxy: evil.url },
      client_id: 'id',
      client_secret: 'secret',
      scopes: 'https://evil.example/scope',
      universeDomain: 'evil.example',
    }
    await workloadIdentityFederation(configFor(google.url, source, more)).idToken(audience)
    expect(evil.requests).toEqual([])
    expect(google.requests.map(({ url }) => url)).toEqual(['/v1/token', `${iam}:generateIdToken`])
    expect(google.requests[0]?.headers.authorization).toBeUndefined()
    expect(formOf(google.requests[0] ?? { body: '' })).toMatchObject({
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subject_token: 'subject-token',
    })
  })
})
