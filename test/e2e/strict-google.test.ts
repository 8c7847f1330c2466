/** Every way to become an account, against a Google that is written from its reference, up to the app. */

import {
  applicationDefault,
  createServiceFetch,
  type ExternalAccountConfig,
  type IdentitySource,
  impersonate,
  workloadIdentityFederation,
} from '@countersign/caller'
import { createReceiver, localKeys } from '@countersign/receiver'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startAwsInstance } from '../../packages/caller/test/_aws-instance.ts'
import { useCleanEnvironment } from '../../packages/caller/test/_environment.ts'
import { provider } from '../../packages/caller/test/_sts.ts'
import { listen } from '../adapters/listen.ts'
import { startIamCredentials } from './_iam-credentials.ts'

const audience = 'https://user-profiles-123.us-central1.run.app'
const search = 'search-run@acme.iam.gserviceaccount.com'
const middle = 'middle@acme.iam.gserviceaccount.com'
const adc = 'application_default_credentials.json'
const home = useCleanEnvironment()

/** Google, a service that lets search in by Google's keys alone, and how to call it. */
async function startWorld() {
  const google = await startIamCredentials()
  vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
  const receiver = createReceiver({
    allow: [search],
    audience,
    keys: localKeys(google.keys),
    log: false,
  })
  const url = await listen(async (request, response) => {
    const decision = await receiver.check(request)
    if (decision.allowed) response.end(decision.caller?.email)
    else response.writeHead(decision.denial.status, decision.denial.headers).end()
  })
  async function ask(identity?: IdentitySource): Promise<{ status: number; asked: string }> {
    const options = { targets: [{ url, audience }], ...(identity && { identity }) }
    const answer = await createServiceFetch(options)(url)
    return { status: answer.status, asked: await answer.text() }
  }
  const impersonationUrl = `${google.url}/v1/projects/-/serviceAccounts/${search}:generateAccessToken`
  function federation(more: object): ExternalAccountConfig {
    return {
      type: 'external_account',
      audience: provider,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${google.url}/v1/token`,
      service_account_impersonation_url: impersonationUrl,
      credential_source: {},
      ...more,
    }
  }
  return { google, ask, impersonationUrl, federation }
}

const well = { status: 200, asked: search }
const idToken = { account: search, method: 'generateIdToken' }

describe('a person', () => {
  test('impersonates an account that the code names', async () => {
    const { google, ask } = await startWorld()
    home.write(adc, google.user)
    expect(await ask(applicationDefault({ serviceAccount: search }))).toEqual(well)
    expect(google.generated).toEqual([
      { ...idToken, body: { audience, includeEmail: true, delegates: [] } },
    ])
  })

  test('impersonates an account that the file names, through the delegates that it names', async () => {
    const { google, ask, impersonationUrl } = await startWorld()
    home.write(adc, {
      type: 'impersonated_service_account',
      service_account_impersonation_url: impersonationUrl,
      delegates: [`projects/-/serviceAccounts/${middle}`],
      source_credentials: google.user,
    })
    expect(await ask()).toEqual(well)
    const delegates = [`projects/-/serviceAccounts/${middle}`]
    expect(google.generated).toMatchObject([{ ...idToken, body: { delegates } }])
  })

  test('impersonates one account to impersonate the next', async () => {
    const { google, ask } = await startWorld()
    home.write(adc, google.user)
    const source = impersonate({ serviceAccount: middle })
    expect(await ask(impersonate({ serviceAccount: search, source }))).toEqual(well)
    const scope = ['https://www.googleapis.com/auth/cloud-platform']
    expect(google.generated).toMatchObject([
      { account: middle, method: 'generateAccessToken', body: { scope } },
      idToken,
    ])
  })

  test('who may no longer is told what to grant', async () => {
    const { google, ask } = await startWorld()
    home.write(adc, google.user)
    google.revoke()
    await expect(ask(applicationDefault({ serviceAccount: search }))).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('answered 403'),
      hint: expect.stringContaining('roles/iam.serviceAccountOpenIdTokenCreator'),
    })
  })
})

describe('a federated machine', () => {
  test('becomes the account with a subject token of a file', async () => {
    const { ask, federation } = await startWorld()
    const file = home.write('subject', 'a.subject.token')
    const identity = workloadIdentityFederation(federation({ credential_source: { file } }))
    expect(await ask(identity)).toEqual(well)
  })

  test('becomes the account on AWS, with the role of its instance', async () => {
    const { google, ask, federation } = await startWorld()
    const instance = await startAwsInstance()
    onTestFinished(() => instance[Symbol.asyncDispose]())
    const config = federation({
      subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
      credential_source: instance.source,
    })
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', home.write('aws.json', config))
    expect(await ask()).toEqual(well)
    expect(google.generated).toMatchObject([idToken])
    expect(instance.requests.map(({ method }) => method)).toContain('PUT')
  })
})
