import { metadataServer } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { answer, startMetadataServer } from '../_metadata-server.ts'
import { closedPort, startServer } from '../_server.ts'

const audience = 'https://svc-123.us-central1.run.app/a b?x=1&format=standard#z'

describe('metadataServer', () => {
  useCleanEnvironment()

  test('asks for the audience as it is, in full, with the flavor', async () => {
    await using metadata = await startMetadataServer()
    const token = await metadataServer({ host: metadata.host }).idToken(audience)
    const [seen] = metadata.requests
    const asked = new URL(seen?.url ?? '', 'http://metadata')
    expect(asked.pathname).toBe('/computeMetadata/v1/instance/service-accounts/default/identity')
    expect([...asked.searchParams]).toEqual([
      ['audience', audience],
      ['format', 'full'],
    ])
    expect(seen?.headers['metadata-flavor']).toBe('Google')
    expect(claimsOf(token).aud).toBe(audience)
  })

  test('gives access tokens too', async () => {
    await using metadata = await startMetadataServer()
    const source = metadataServer({ host: metadata.host })
    expect(await source.accessToken()).toBe('ya29.metadata')
    metadata.misbehave(answer(200, '{}'))
    await expect(source.accessToken()).rejects.toMatchObject({ code: 'token_rejected' })
  })

  test('is found through the environment, without or with a scheme', async () => {
    await using metadata = await startMetadataServer()
    vi.stubEnv('GCE_METADATA_HOST', metadata.host)
    await metadataServer().idToken(audience)
    vi.stubEnv('GCE_METADATA_HOST', 'unused.invalid')
    vi.stubEnv('GCE_METADATA_IP', metadata.url)
    await metadataServer().idToken(audience)
    expect(metadata.requests).toHaveLength(2)
  })

  test.each(['fd20:ce::254', '::1', '::ffff:127.0.0.1'])('may be at %s', async (address) => {
    vi.stubEnv('GCE_METADATA_IP', address)
    const identity = metadataServer({ timeoutMs: 1 })
    const error: unknown = await identity.idToken(audience).catch((reason: unknown) => reason)
    expect(String(error)).toContain(`at [${address.replace('127.0.0.1', '7f00:1')}] `)
  })

  test.each(['[::1]:PORT', 'http://[::1]:PORT', '"[::1]:PORT"', '[::1]:PORT\r\n'])(
    'is asked at %j',
    async (host) => {
      await using metadata = await startServer(
        (_seen, _request, response) =>
          response.writeHead(200, { 'metadata-flavor': 'Google' }).end('a.b.c'),
        0,
        '::1',
      )
      vi.stubEnv('GCE_METADATA_HOST', host.replace('PORT', new URL(metadata.url).port))
      expect(await metadataServer().idToken(audience)).toBe('a.b.c')
    },
  )

  test('goes through no proxy', async () => {
    await using proxy = await startServer((_seen, _request, response) => response.end())
    await using metadata = await startMetadataServer()
    for (const name of ['HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, proxy.url)
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    await metadataServer({ host: metadata.host }).idToken(audience)
    expect(proxy.requests).toHaveLength(0)
  })

  test.each([429, 500, 503])('asks again after %i', async (status) => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(status, 'later'), answer(status, 'later'))
    await metadataServer({ host: metadata.host }).idToken(audience)
    expect(metadata.requests).toHaveLength(3)
  })

  test.each([
    [503, 4, 'identity_unavailable', 'Try again later'],
    [429, 4, 'identity_unavailable', 'share one serviceFetch'],
    [404, 1, 'no_credentials', 'Attach a service account'],
    [403, 1, 'identity_unavailable', 'Waiting does not fix that'],
    [302, 1, 'identity_unavailable', 'Waiting does not fix that'],
  ])('gives up on %i after %i questions', async (status, questions, code, hint) => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(...Array.from({ length: 9 }, () => answer(status, 'no')))
    const token = metadataServer({ host: metadata.host }).idToken(audience)
    await expect(token).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) })
    expect(metadata.requests).toHaveLength(questions)
  })

  test('takes no answer without the flavor', async () => {
    await using stranger = await startServer((_seen, _request, response) => response.end('token'))
    await expect(metadataServer({ host: stranger.host }).idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      cause: new Error('The answer lacks the header Metadata-Flavor'),
    })
  })

  test('takes no endless answer', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(200, 'x'.repeat(70_000)))
    await expect(metadataServer({ host: metadata.host }).idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('longer than') }),
    })
  })

  test.each(['before', 'within'])('ends by time-out where it hangs %s an answer', async (where) => {
    await using metadata = await startMetadataServer()
    metadata.misbehave((response) => {
      if (where === 'within') response.writeHead(200, { 'metadata-flavor': 'Google' }).write('ey')
    })
    const source = metadataServer({ host: metadata.host, timeoutMs: 50 })
    await expect(source.idToken(audience)).rejects.toMatchObject({ code: 'identity_timeout' })
    expect(metadata.requests).toHaveLength(1)
  })

  test('ends by the limit of all attempts where it is busy', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(...Array.from({ length: 9 }, () => answer(503, 'no')))
    const source = metadataServer({ host: metadata.host, timeoutMs: 40 })
    await expect(source.idToken(audience)).rejects.toMatchObject({ code: 'identity_timeout' })
  })

  test('ends with the signal, with its reason', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(() => {})
    const controller = new AbortController()
    const { signal } = controller
    const token = metadataServer({ host: metadata.host }).idToken(audience, { signal })
    await vi.waitFor(() => expect(metadata.requests).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(token).rejects.toThrow('enough')
    await expect(
      metadataServer({ host: metadata.host }).idToken(audience, { signal }),
    ).rejects.toThrow('enough')
  })

  test('says so where there is none', async () => {
    const host = closedPort
    await expect(metadataServer({ host }).idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: `No metadata server answers at ${host}`,
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    })
  })

  test.each([
    [{ host: '' }, 'host must be'],
    [{ host: 'https://metadata' }, 'GCE_METADATA_HOST'],
    [{ host: 'a b' }, 'GCE_METADATA_HOST'],
    [{ host: 'metadata/path' }, 'GCE_METADATA_HOST'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs'],
    [{ timeout: 3 }, 'no "timeout"'],
  ])('refuses %o', (options, message) => {
    expect(() => metadataServer(options as object)).toThrow(TypeError)
    expect(() => metadataServer(options as object)).toThrow(message)
  })
})

describe('metadataServer on Compute Engine', () => {
  test('asks in full: otherwise the token names no email', async () => {
    await using metadata = await startMetadataServer()
    const { email } = claimsOf(await metadataServer({ host: metadata.host }).idToken(audience))
    expect(email).toBe('login@acme.iam.gserviceaccount.com')
  })
})

describe('metadataServer on Cloud Run', () => {
  test('takes a token that is answered as HTML, with a line break after it', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(200, 'a.b.c\n'))
    expect(await metadataServer({ host: metadata.host }).idToken(audience)).toBe('a.b.c')
  })
})

describe('metadataServer on GKE', () => {
  test('falls back to the standard format where the full one is refused', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(400, 'bad request'))
    await metadataServer({ host: metadata.host }).idToken(audience)
    expect(metadata.requests.map(({ url }) => url.split('&').at(-1))).toEqual([
      'format=full',
      'format=standard',
    ])
  })

  test('waits for a server that is not listening yet', async () => {
    // A port of its own: other test files call the closed one meanwhile.
    const before = await startMetadataServer()
    await before[Symbol.asyncDispose]()
    const { host } = before
    const token = metadataServer({ host }).idToken(audience)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await using metadata = await startMetadataServer(Date.now, Number(host.split(':')[1]))
    expect(claimsOf(await token).aud).toBe(audience)
    expect(metadata.requests).toHaveLength(1)
  })

  test('asks again where the server goes away within an answer', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave((response) => response.destroy())
    await metadataServer({ host: metadata.host }).idToken(audience)
    expect(metadata.requests).toHaveLength(2)
  })

  test.each([
    [
      403,
      "Unable to generate identity token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
      'getOpenIdToken',
      '--role=roles/iam.workloadIdentityUser',
    ],
    [
      403,
      'IAM Service Account Credentials API has not been used in project 4711 before or it is disabled.',
      'project 4711',
      'gcloud services enable iamcredentials.googleapis.com',
    ],
    [
      403,
      'This metadata endpoint is concealed.',
      'concealed',
      'Workload Identity Federation for GKE',
    ],
    [403, 'Service account search is disabled.', 'disabled', 'service-accounts describe'],
    [403, 'Insufficient scopes', 'scopes', 'the scope cloud-platform'],
    [400, 'non-empty audience parameter required\n', 'audience parameter', "target's audience"],
    [404, 'no Google account is bound to demo/orders\n', 'demo/orders', 'annotate'],
    [
      404,
      'Unable to generate access token; IAM returned 404 Not Found: Not found; Gaia id not found for email a@b.example',
      'a@b.example',
      'service-accounts describe',
    ],
    [
      400,
      'Service account not enabled on this instance',
      'not enabled',
      'Attach a service account',
    ],
    [
      403,
      "IAM returned 403 Forbidden: Request is prohibited by organization's policy.",
      'prohibited',
      'its administrators',
    ],
  ])('hands on what it says with %i %s', async (status, body, words, hint) => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(status, body), answer(status, body))
    await expect(metadataServer({ host: metadata.host }).idToken(audience)).rejects.toMatchObject({
      message: expect.stringContaining(words),
      hint: expect.stringContaining(hint),
    })
  })

  test('says what to do about a refusal by IAM whose status is 500', {
    timeout: 9_000,
  }, async () => {
    await using metadata = await startMetadataServer()
    const refusal = answer(500, 'Unable to generate token; IAM returned 403 Forbidden: denied')
    metadata.misbehave(refusal, refusal, refusal, refusal)
    await expect(metadataServer({ host: metadata.host }).idToken(audience)).rejects.toMatchObject({
      message: expect.stringContaining('answered 500'),
      hint: expect.stringContaining('workloadIdentityUser'),
    })
  })

  test('hands on no token, no page and no second line', async () => {
    await using metadata = await startMetadataServer()
    const source = metadataServer({ host: metadata.host })
    metadata.misbehave(answer(403, 'denied to\nya29.secret'), answer(403, ' <html>x</html>'))
    const refused = 'The metadata server answered 403'
    await expect(source.accessToken()).rejects.toMatchObject({
      message: `${refused}: denied to [redacted]`,
    })
    await expect(source.accessToken()).rejects.toMatchObject({ message: refused })
  })

  test('says what is missing where the Kubernetes account has no Google one', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(404, 'not found'))
    await expect(metadataServer({ host: metadata.host }).idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      hint: expect.stringContaining('annotate the Kubernetes one'),
    })
  })
})

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
