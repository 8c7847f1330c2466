import type { ExternalAccountConfig } from '@countersign/caller'
import { provider } from './_sts.ts'

export const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'
export const iam = `/v1/projects/-/serviceAccounts/${serviceAccount}`

/** A configuration whose Google is at a URL. */
export function configFor(url: string, credential_source: object, more: object = {}) {
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
export const config = {
  ...configFor('https://sts.googleapis.com', { file: 'x' }),
  service_account_impersonation_url: `https://iamcredentials.googleapis.com${iam}:generateAccessToken`,
}

/** The fields of a form that was sent. */
export function formOf({ body }: { body: string }): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body))
}
