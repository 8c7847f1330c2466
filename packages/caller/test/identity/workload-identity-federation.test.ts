import { type ExternalAccountConfig, workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { federation } from '../../src/internal/federation.ts'
import { checkFederation } from '../../src/internal/parse-federation.ts'
import { useCleanEnvironment } from '../_environment.ts'
import { startGoogle } from '../_google.ts'
import { startServer } from '../_server.ts'
import { provider } from '../_sts.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'
const iam = `/v1/projects/-/serviceAccounts/${serviceAccount}`

function configFor(url: string, credential_source: object, more: object = {}) {
  const config = {
    type: 'external_account',
    audience: provider,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}${iam}:generateAccessToken`,
    credential_source,
  }
  return { ...config, ...more } as ExternalAccountConfig
}

/** As Google has it, with a file that is never read. */
const config = {
  ...configFor('https://sts.googleapis.com', { file: 'x' }),
  service_account_impersonation_url: `https://iamcredentials.googleapis.com${iam}:generateAccessToken`,
}

function formOf({ body }: { body: string }): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body))
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
      hint: expect.stringContaining('the pool'),
    })
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

describe('a configuration of a federation', () => {
  const home = useCleanEnvironment()

  test.each([
    [{ type: 'service_account' }, "type must be 'external_account'"],
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

describe('what a federation asks', () => {
  const home = useCleanEnvironment()

  /** A configuration that has the server asked, as one of the two. */
  function sourceAt(url: string, who: string): object {
    const headers = { authorization: 'Bearer of-the-machine' }
    return who.startsWith('the place')
      ? { url, headers }
      : { file: home.write('subject', 'subject-token') }
  }

  test('goes through the fetch that is given, to the place of the subject token too', async () => {
    await using google = await startGoogle()
    await using issuer = await startServer((_seen, _request, response) => response.end('from-url'))
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const asked: string[] = []
    const identity = workloadIdentityFederation(configFor(google.url, { url: issuer.url }), {
      fetch(url, init) {
        asked.push(url)
        return fetch(url, init)
      },
    })
    await identity.idToken(audience)
    const { origin } = new URL(google.url)
    expect(asked).toEqual([
      `${issuer.url}/`,
      `${origin}/v1/token`,
      `${origin}${iam}:generateIdToken`,
    ])
  })

  test.each(['the place of the subject token', 'the token service'])(
    'follows no redirect of %s',
    async (who) => {
      await using stranger = await startServer((_seen, _request, response) => response.end('trap'))
      await using server = await startServer((_seen, _request, response) => {
        response.writeHead(307, { location: stranger.url }).end()
      })
      vi.stubEnv('COUNTERSIGN_EMULATOR', server.url)
      const identity = workloadIdentityFederation(configFor(server.url, sourceAt(server.url, who)))
      await expect(identity.idToken(audience)).rejects.toMatchObject({
        code: 'identity_unavailable',
      })
      expect(server.requests.length).toBeGreaterThan(0)
      expect(stranger.requests).toEqual([])
    },
  )

  test.each(['the place of the subject token', 'the token service'])(
    'ends in time, and leaves nothing behind, where %s hangs',
    async (who) => {
      const closed = Promise.withResolvers<void>()
      await using hanging = await startServer((_seen, _request, response) => {
        response.on('close', closed.resolve)
      })
      const emulator = new URL(hanging.url)
      const config = configFor(hanging.url, sourceAt(hanging.url, who))
      const checked = checkFederation(config, emulator)
      const identity = federation(checked, { fetch: undefined, timeoutMs: 200 })
      await expect(identity.idToken(audience)).rejects.toMatchObject({ code: 'identity_timeout' })
      await closed.promise
      expect(hanging.requests).toHaveLength(1)
    },
  )

  test('ends with the signal, with its reason', async () => {
    await using hanging = await startServer(() => {})
    vi.stubEnv('COUNTERSIGN_EMULATOR', hanging.url)
    const identity = workloadIdentityFederation(configFor(hanging.url, { url: hanging.url }))
    const controller = new AbortController()
    const token = identity.idToken(audience, { signal: controller.signal })
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(token).rejects.toThrow('enough')
  })
})
