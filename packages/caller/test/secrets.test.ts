import { inspect } from 'node:util'
import {
  createServiceFetch,
  impersonate,
  serviceAccountKey,
  workloadIdentityFederation,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startGoogle } from './_google.ts'
import { shapeToken } from './_tokens.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'

/** All that a logger could print of an error. */
async function printed(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => expect.unreachable('it was to fail'),
    (reason: Error) => reason,
  )
  const deep = inspect(error, { depth: 20, showHidden: true, getters: true, maxStringLength: null })
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${deep}`
}

function expectNone(text: string, secrets: readonly string[]): void {
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(text).not.toContain(secret)
    for (const part of secret.split('.').filter(({ length }) => length > 20)) {
      expect(text).not.toContain(part)
    }
  }
}

describe('no secret is in any error', () => {
  const home = useCleanEnvironment()

  test.each([
    [400, '{"error":"invalid_grant","error_description":"Bad JWT: ASSERTION"}'],
    [500, 'ASSERTION'],
    [200, '{"id_token":7,"assertion":"ASSERTION"}'],
    [200, '<html>ASSERTION</html>'],
  ])('where the token endpoint answers %i with %s', async (status, template) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const sent: string[] = []
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      const assertion = new URLSearchParams(String(init.body)).get('assertion') ?? ''
      sent.push(assertion)
      return new Response(template.replace('ASSERTION', assertion), { status })
    }
    const text = await printed(serviceAccountKey(google.key, { fetch }).idToken(audience))
    expectNone(text, [...sent, google.key.private_key])
  })

  test('where a fetch throws all that it sent', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const sent: string[] = []
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      const assertion = new URLSearchParams(String(init.body)).get('assertion') ?? ''
      sent.push(assertion)
      throw Object.assign(new Error(`sending ${assertion} failed`), { config: init })
    }
    expectNone(await printed(serviceAccountKey(google.key, { fetch }).idToken(audience)), sent)
  })

  test('where a key file is broken', async () => {
    const secret = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'
    const file = home.write('key.json', `{"private_key": "${secret}`)
    expectNone(await printed(serviceAccountKey(file).idToken(audience)), [secret])
    const key = { type: 'service_account', client_email: 'a@b', private_key: secret }
    expectNone(await printed(serviceAccountKey(key).idToken(audience)), [secret])
  })

  test('where IAM Credentials refuse', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const token = 'ya29.a-very-secret-access-token'
    google.misbehave({ status: 403, body: JSON.stringify({ error: { message: `no: ${token}` } }) })
    const identity = impersonate({ serviceAccount, source: { accessToken: async () => token } })
    expectNone(await printed(identity.idToken(audience)), [token])
  })

  test('where the federation fails inside of google-auth-library', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const subject = shapeToken({ sub: 'repo:acme/app' })
    google.misbehave({ status: 400, body: JSON.stringify({ error: `bad token ${subject}` }) })
    const config = {
      type: 'external_account',
      audience: 'pool',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${google.url}/v1/token`,
      service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
      credential_source: { file: home.write('subject', subject) },
    }
    expectNone(await printed(workloadIdentityFederation(config).idToken(audience)), [subject])
  })

  test('where a token is rejected, a call refused, or the service out of reach', async () => {
    const token = shapeToken({ aud: 'https://other.example', exp: 9_999_999_999 })
    const right = shapeToken({ aud: audience, exp: 9_999_999_999 })
    const targets = [audience]
    const rejected = createServiceFetch({ targets, identity: { idToken: async () => token } })
    expectNone(await printed(rejected(audience)), [token])
    const fetch = async (): Promise<Response> => Response.redirect('https://evil.example', 302)
    const identity = { idToken: async () => right }
    const refused = createServiceFetch({ targets, identity, fetch })
    expectNone(await printed(refused(audience)), [right])
    expectNone(inspect(refused.health(), { depth: 9 }), [right])
    const headers = { authorization: `Bearer ${token}` }
    expectNone(await printed(refused(audience, { headers })), [token])
  })
})
