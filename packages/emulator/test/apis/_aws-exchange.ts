import { AwsClient } from 'google-auth-library'
import { expect, vi } from 'vitest'
import type { AwsFederationConfig } from '../../src/index.ts'
import type { RequestForAws, RoleCredentials, ToSign } from './_sign-for-aws.ts'

/** How a right exchange is answered, and a wrong one. */
export const accepted = { status: 200, issued_token_type: expect.stringMatching(/access_token$/) }
export const refused = { status: 400, error: 'invalid_grant' }

/** What the Security Token Service answers. */
export interface Exchanged {
  status: number
  access_token?: string
  error?: string
}

/** Exchanges a subject token at the provider of a configuration. */
export async function exchange(
  subjectToken: string,
  {
    audience,
    subject_token_type: type,
    token_url: url,
  }: { audience: string; subject_token_type: string; token_url: string },
): Promise<Exchanged> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: type,
  })
  const response = await fetch(url, { method: 'POST', body })
  return { status: response.status, ...((await response.json()) as object) }
}

/** A subject token as google-auth-library makes it. */
export function fromLibrary(config: AwsFederationConfig): Promise<string> {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID']) {
    vi.stubEnv(name, undefined)
  }
  return new AwsClient(config).retrieveSubjectToken()
}

/** A request in the place of a subject token. */
export function serialized(request: unknown): string {
  return encodeURIComponent(JSON.stringify(request))
}

/** The request there, again. */
export function deserialized(subjectToken: string): RequestForAws {
  return JSON.parse(decodeURIComponent(subjectToken))
}

/** Where a role of us-east-1 asks who it is. */
export const regional =
  'https://sts.us-east-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15'

/** What a client signs that signs all of it, as those for Go and Java do. */
export function toSign(
  { Token }: RoleCredentials,
  { audience }: AwsFederationConfig,
  { url = regional, region = 'us-east-1', headers, ...rest }: Partial<ToSign> = {},
): ToSign {
  const usual = {
    host: new URL(url).host,
    'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
    'x-amz-security-token': Token,
    'x-goog-cloud-target-resource': audience,
  }
  return { url, region, headers: { ...usual, ...headers }, ...rest }
}
