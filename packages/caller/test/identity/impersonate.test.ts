import { inspect } from 'node:util'
import {
  impersonate,
  metadataServer,
  serviceAccountKey,
  workloadIdentityFederation,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { startGoogle } from '../_google.ts'
import { startMetadataServer } from '../_metadata-server.ts'
import { provider } from '../_sts.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'

describe('impersonate', () => {
  const home = useCleanEnvironment()

  test('gets an ID token with its email for another account, through delegates', async () => {
    await using google = await startGoogle()
    await using metadata = await startMetadataServer()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = metadataServer({ host: metadata.host })
    const delegates = ['middle@acme.iam.gserviceaccount.com']
    const identity = impersonate({ serviceAccount, delegates, source })
    const token = await identity.idToken(audience)
    expect(token.split('.')).toHaveLength(3)
    expect(google.requests[0]?.url).toBe(
      `/v1/projects/-/serviceAccounts/${serviceAccount}:generateIdToken`,
    )
    expect(google.requests[0]?.headers.authorization).toBe('Bearer ya29.metadata')
    expect(JSON.parse(google.requests[0]?.body ?? '')).toEqual({
      audience,
      includeEmail: true,
      delegates: [`projects/-/serviceAccounts/${delegates[0]}`],
    })
    expect(await identity.accessToken()).toBe('ya29.search')
  })

  test('starts from a key', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = serviceAccountKey(google.key)
    await impersonate({ serviceAccount, source }).idToken(audience)
    expect(google.requests.at(-1)?.headers.authorization).toBe('Bearer ya29.key')
  })

  test('starts from a federation, by way of the account that it may become', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = workloadIdentityFederation({
      type: 'external_account',
      audience: provider,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${google.url}/v1/token`,
      service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/deployer@acme.iam.gserviceaccount.com:generateAccessToken`,
      credential_source: { file: home.write('subject', 'subject-token') },
    })
    await impersonate({ serviceAccount, source }).idToken(audience)
    expect(google.requests.map(({ url }) => url)).toEqual([
      '/v1/token',
      '/v1/projects/-/serviceAccounts/deployer@acme.iam.gserviceaccount.com:generateAccessToken',
      `/v1/projects/-/serviceAccounts/${serviceAccount}:generateIdToken`,
    ])
    expect(google.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer ya29.federated',
      'Bearer ya29.deployer',
    ])
  })

  test('starts from what is found by default, which may be a person', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write('application_default_credentials.json', {
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: '1//refresh',
      token_uri: `${google.url}/token`,
    })
    const identity = impersonate({ serviceAccount, fetch: globalThis.fetch, now: Date.now })
    await identity.idToken(audience, { signal: new AbortController().signal })
    expect(google.requests.at(-1)?.headers.authorization).toBe('Bearer ya29.user')
  })

  test("asks Google's IAM Credentials where there is no emulator", async () => {
    const urls: string[] = []
    const identity = impersonate({
      serviceAccount,
      source: { accessToken: async () => 'ya29.x' },
      fetch: async (url) => {
        urls.push(new URL(url).origin)
        return Response.json({ token: 'x' })
      },
    })
    await identity.idToken(audience)
    expect(urls).toEqual(['https://iamcredentials.googleapis.com'])
  })

  test.each([
    ['says so', undefined, 'identity_unavailable'],
    ['ends with the signal', AbortSignal.abort(new Error('enough')), undefined],
  ])(
    'whose source throws an error of its own %s, without its secrets',
    async (_how, signal, code) => {
      const source = { accessToken: () => Promise.reject(new Error('no ya29.secret')) }
      const identity = impersonate({ serviceAccount, source })
      const call = identity.idToken(audience, signal && { signal })
      const error: unknown = await call.catch((reason: unknown) => reason)
      if (code) expect(error).toMatchObject({ code, cause: { message: 'no [redacted]' } })
      else expect(error).toMatchObject({ message: 'enough' })
      expect(inspect(error, { depth: 9 })).not.toContain('ya29.secret')
    },
  )

  test('says which role is missing: the least that will do, or along delegates the other', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const message = `Permission 'iam.serviceAccounts.getOpenIdToken' denied`
    const refusal = { status: 403, body: JSON.stringify({ error: { message } }) }
    google.misbehave(refusal, refusal, refusal)
    const source = { accessToken: async () => 'ya29.x' }
    const asked = `Grant the source identity this role on the account`
    const command = `gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --role=roles/iam.serviceAccount`
    const alone = impersonate({ serviceAccount, source })
    await expect(alone.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(message),
      hint: `${asked}: ${command}OpenIdTokenCreator --member=MEMBER`,
    })
    await expect(alone.accessToken()).rejects.toMatchObject({
      hint: `${asked}: ${command}TokenCreator --member=MEMBER`,
    })
    const chain = impersonate({ serviceAccount, source, delegates: ['b@acme.example'] })
    await expect(chain.idToken(audience)).rejects.toMatchObject({
      hint: `${asked} (and each delegate on the next one): ${command}TokenCreator --member=MEMBER`,
    })
  })

  test.each([
    [403, 'IAM Service Account Credentials API has not been used in project 1.', 'services enable'],
    [403, 'Request had insufficient authentication scopes.', '--scopes=cloud-platform'],
    [401, 'Request had invalid authentication credentials.', 'not accepted'],
    [404, `Not found; Gaia id not found for email ${serviceAccount}`, 'service-accounts describe'],
    [400, `Service account ${serviceAccount} is disabled.`, 'service-accounts enable'],
    [400, 'Invalid value at audience', "target's audience"],
    [403, "Permission 'iam.serviceAccounts.getAccessToken' denied", '--role=roles/iam'],
    [
      403,
      'IAM Service Account Credentials API has not been used in project 1 before or it is disabled.',
      'services enable',
    ],
    [404, 'Requested entity was not found.', 'service-accounts describe'],
  ])('says what to do about %i %s', async (status, message, hint) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    google.misbehave({ status, body: JSON.stringify({ error: { message } }) })
    const source = { accessToken: async () => 'ya29.x' }
    await expect(impersonate({ serviceAccount, source }).idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })

  test.each([
    [400, 'INVALID_ARGUMENT', 'its delegates'],
    [401, 'UNAUTHENTICATED', 'not accepted'],
    [403, 'PERMISSION_DENIED', '--role=roles/iam'],
  ])('says what to do about a bare %i %s', async (code, status, hint) => {
    const body = JSON.stringify({ error: { code, status, message: 'Refused.' } })
    const fetch = async (): Promise<Response> => new Response(body, { status: code })
    const source = { accessToken: async () => 'ya29.x' }
    const identity = impersonate({ serviceAccount, source, fetch })
    await expect(identity.idToken(audience)).rejects.toMatchObject({
      message: `iamcredentials.googleapis.com answered ${code}: Refused.`,
      hint: expect.stringContaining(hint),
    })
  })

  test.each([
    [{}, 'must be the email'],
    [{ serviceAccount: 'search' }, 'must be the email'],
    [{ serviceAccount: 'a/b@c' }, 'must be the email'],
    [{ serviceAccount, delegates: ['x'] }, 'must be the email'],
    [{ serviceAccount, delegates: 'a@acme' }, 'delegates must be a list'],
    [{ serviceAccount, delegate: [] }, 'no "delegate"'],
    [{ serviceAccount, source: {} }, 'source must have a method accessToken'],
    [
      { serviceAccount, source: { accessToken: 'ya29.x' } },
      'source must have a method accessToken',
    ],
    [{ serviceAccount, source: metadataServer }, 'source must have a method accessToken'],
  ])('refuses %o', (options, message) => {
    expect(() => impersonate(options as never)).toThrow(TypeError)
    expect(() => impersonate(options as never)).toThrow(message)
  })
})
