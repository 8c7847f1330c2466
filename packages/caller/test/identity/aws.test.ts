/** A federation from AWS: the credentials of the environment, and those of an EC2 instance (IMDSv2). */

import { workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { credentials, startAwsInstance } from '../_aws-instance.ts'
import { useCleanEnvironment } from '../_environment.ts'
import { type FakeGoogle, startGoogle } from '../_google.ts'
import { provider } from '../_sts.ts'

const audience = 'https://svc.example'
const verification =
  'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15'

function configFor({ url }: FakeGoogle, more: object) {
  return {
    type: 'external_account',
    audience: provider,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/search@acme.iam.gserviceaccount.com:generateAccessToken`,
    credential_source: {
      environment_id: 'aws1',
      regional_cred_verification_url: verification,
      ...more,
    },
  }
}

/** The signed GetCallerIdentity request that went to Google's STS in the place of a token. */
function signedRequest({ requests }: FakeGoogle) {
  const form = new URLSearchParams(requests[0]?.body)
  const { url, method, headers } = JSON.parse(decodeURIComponent(form.get('subject_token') ?? ''))
  const pairs = (headers as { key: string; value: string }[]).map(({ key, value }) => [key, value])
  return { url, method, headers: Object.fromEntries(pairs) as Record<string, string> }
}

describe('a federation from AWS', () => {
  useCleanEnvironment()

  test('signs with the credentials of the environment', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('AWS_REGION', 'eu-west-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example')
    await workloadIdentityFederation(configFor(google, {})).idToken(audience)
    const { url, method, headers } = signedRequest(google)
    expect([method, url]).toEqual(['POST', verification.replace('{region}', 'eu-west-1')])
    expect(headers['x-goog-cloud-target-resource']).toBe(provider)
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request, /,
    )
  })

  test('signs with the role of an instance, asked with a session token', async () => {
    await using google = await startGoogle()
    await using instance = await startAwsInstance()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    await workloadIdentityFederation(configFor(google, instance.source)).idToken(audience)
    const { url, headers } = signedRequest(google)
    expect(url).toBe(verification.replace('{region}', 'eu-west-1'))
    expect(headers['x-amz-security-token']).toBe(credentials.Token)
    expect(headers['x-goog-cloud-target-resource']).toBe(provider)
    expect(headers.authorization).toContain('Credential=ASIAEXAMPLE/')
    expect(JSON.stringify(google.requests)).not.toContain(credentials.SecretAccessKey)
  })
})
