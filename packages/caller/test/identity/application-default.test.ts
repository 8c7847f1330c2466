import { applicationDefault } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { startGoogle } from '../_google.ts'
import { answer, startMetadataServer } from '../_metadata-server.ts'
import { provider } from '../_sts.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'
const adc = 'application_default_credentials.json'

function userOf(url: string) {
  return {
    type: 'authorized_user',
    client_id: 'id',
    client_secret: 'client-secret',
    refresh_token: '1//refresh',
    token_uri: `${url}/token`,
  }
}

/** As `gcloud auth application-default login --login-config=FILE` leaves it. */
function workforceOf(url: string) {
  return {
    type: 'external_account_authorized_user',
    audience: '//iam.googleapis.com/locations/global/workforcePools/staff/providers/entra',
    client_id: 'id',
    client_secret: 'client-secret',
    refresh_token: 'refresh',
    token_url: `${url}/v1/oauthtoken`,
    token_info_url: `${url}/v1/introspect`,
    quota_project_id: 'acme',
  }
}

function impersonated(url: string) {
  return {
    type: 'impersonated_service_account',
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    delegates: [],
    source_credentials: workforceOf(url),
  }
}

describe('applicationDefault', () => {
  const home = useCleanEnvironment()

  test('takes the file that is named before all else', async () => {
    await using google = await startGoogle()
    await using metadata = await startMetadataServer()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('GCE_METADATA_HOST', metadata.host)
    home.write(adc, userOf(google.url))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', home.write('key.json', google.key))
    await applicationDefault().idToken(audience)
    expect(google.requests).toHaveLength(1)
    expect(metadata.requests).toHaveLength(0)
  })

  test('takes a path that kept its quotation marks and a line break', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', `"${google.url}"`)
    const path = home.write('key.json', google.key)
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', `"${path}"\r\n`)
    await applicationDefault().idToken(audience)
    expect(google.requests).toHaveLength(1)
  })

  test("takes gcloud's file before the metadata server", async () => {
    await using google = await startGoogle()
    await using metadata = await startMetadataServer()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('GCE_METADATA_HOST', metadata.host)
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '')
    home.write(adc, google.key)
    await applicationDefault().idToken(audience)
    expect(metadata.requests).toHaveLength(0)
  })

  test('goes straight to the metadata server where there is no file', async () => {
    await using metadata = await startMetadataServer()
    vi.stubEnv('GCE_METADATA_HOST', metadata.host)
    const source = applicationDefault()
    await source.idToken(audience)
    expect(await source.accessToken()).toBe('ya29.metadata')
    expect(metadata.requests).toHaveLength(2)
  })

  test('refuses a person, with the command that helps', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write(adc, userOf(google.url))
    await expect(applicationDefault().idToken(audience)).rejects.toMatchObject({
      code: 'user_credentials',
      hint: expect.stringContaining(
        'gcloud auth application-default login --impersonate-service-account=',
      ),
    })
    expect(google.requests).toHaveLength(0)
  })

  test('refuses a person that a workforce pool knows, likewise', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write(adc, workforceOf(google.url))
    await expect(applicationDefault().idToken(audience)).rejects.toMatchObject({
      code: 'user_credentials',
    })
    expect(google.requests).toHaveLength(0)
  })

  test.each(['in code', 'in a file'])('impersonates with such a person, %s', async (where) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const isInFile = where === 'in a file'
    home.write(adc, isInFile ? impersonated(google.url) : workforceOf(google.url))
    await applicationDefault(isInFile ? {} : { serviceAccount }).idToken(audience)
    expect(google.requests.map(({ url }) => url)).toEqual([
      '/v1/oauthtoken',
      `/v1/projects/-/serviceAccounts/${serviceAccount}:generateIdToken`,
    ])
    expect(google.requests[1]?.headers.authorization).toBe('Bearer ya29.workforce')
  })

  test.each(['in code', 'in a file'])('names the project that pays, %s', async (where) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const isInFile = where === 'in a file'
    const user = { ...userOf(google.url), quota_project_id: 'acme' }
    const file = { ...impersonated(google.url), source_credentials: user }
    home.write(adc, isInFile ? file : user)
    await applicationDefault(isInFile ? {} : { serviceAccount }).idToken(audience)
    expect(google.requests.map(({ headers }) => headers['x-goog-user-project'])).toEqual([
      undefined,
      'acme',
    ])
  })

  test("sends a workforce login's refresh token to Google alone", async () => {
    home.write(adc, {
      ...workforceOf('https://sts.googleapis.com'),
      token_url: 'https://x.example',
    })
    await expect(applicationDefault({ serviceAccount }).idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      hint: expect.stringContaining('token_url of a workforce login must be'),
    })
  })

  test.each([
    [
      { error: 'invalid_grant', error_description: 'reauth related error (invalid_rapt)' },
      'from time to time',
    ],
    [
      { error: 'invalid_grant', error_description: 'Account has been deleted' },
      'log in with another',
    ],
    [
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      'Log in again',
    ],
    [{ error: 'deleted_client' }, 'Log in again'],
  ])('says what a person has to do about %o', async (body, hint) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    google.misbehave({ status: 400, body: JSON.stringify(body) })
    home.write(adc, userOf(google.url))
    await expect(applicationDefault({ serviceAccount }).idToken(audience)).rejects.toMatchObject({
      message: expect.stringContaining(body.error),
      hint: expect.stringContaining(hint),
    })
  })

  test('impersonates with the credentials of a person where it is told whom', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write(adc, userOf(google.url))
    await applicationDefault({ serviceAccount }).idToken(audience)
    expect(google.requests.map(({ url }) => url)).toEqual([
      '/token',
      `/v1/projects/-/serviceAccounts/${serviceAccount}:generateIdToken`,
    ])
  })

  test('impersonates as a file says', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write(adc, {
      type: 'impersonated_service_account',
      service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
      delegates: ['middle@acme', 'projects/-/serviceAccounts/last@acme'],
      source_credentials: userOf(google.url),
    })
    await applicationDefault().idToken(audience)
    expect(JSON.parse(google.requests[1]?.body ?? '').delegates).toEqual([
      'projects/-/serviceAccounts/middle@acme',
      'projects/-/serviceAccounts/last@acme',
    ])
  })

  test('federates as a file says', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    home.write(adc, {
      type: 'external_account',
      audience: provider,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${google.url}/v1/token`,
      service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
      credential_source: { file: home.write('subject', 'subject-token') },
    })
    await applicationDefault().idToken(audience)
    expect(google.requests).toHaveLength(2)
  })

  test.each([
    [{ type: 'gdch_service_account' }, 'cannot produce ID tokens'],
    [{ installed: { client_id: 'x' } }, 'perhaps an OAuth client'],
    [{ type: 'impersonated_service_account' }, 'source_credentials must be an object'],
    [
      { type: 'impersonated_service_account', source_credentials: { type: 'authorized_user' } },
      'service_account_impersonation_url is missing',
    ],
    [{ type: 'authorized_user' }, 'client_id is missing'],
    [
      {
        type: 'impersonated_service_account',
        service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
        delegates: 'x',
        source_credentials: {},
      },
      'delegates must be a list',
    ],
    ['[]', 'not a JSON object'],
    [
      { type: 'authorized_user', universe_domain: 'tpc.example' },
      'universe_domain must be "googleapis.com"',
    ],
    [
      { type: 'service_account', universe_domain: 'tpc.example' },
      'universe_domain must be "googleapis.com"',
    ],
    [{ type: 'authorized_user', universe_domain: 'googleapis.com' }, 'client_id is missing'],
    [{ type: 'authorized_user', quota_project_id: 'a\r\nb' }, 'quota_project_id must be'],
  ])('refuses a file with %o', async (content, hint) => {
    home.write(adc, content)
    await expect(applicationDefault().idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      message: expect.stringContaining(home.path(adc)),
      hint: expect.stringContaining(hint),
    })
  })

  test('tells an outage from missing credentials', async () => {
    await using metadata = await startMetadataServer()
    vi.stubEnv('GCE_METADATA_HOST', metadata.host)
    metadata.misbehave(answer(403, 'no'))
    await expect(applicationDefault().idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
    })
  })

  test('is made without asking anybody', () => {
    expect(() => applicationDefault()).not.toThrow()
  })

  test('refuses wrong options', () => {
    expect(() => applicationDefault({ serviceAccount: '' })).toThrow(TypeError)
    expect(() => applicationDefault({ account: 'x' } as never)).toThrow('no "account"')
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://10.0.0.1')
    expect(() => applicationDefault()).toThrow('COUNTERSIGN_EMULATOR')
  })
})
