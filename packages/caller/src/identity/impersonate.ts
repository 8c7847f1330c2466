import { emulatorUrl } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import type { AccessTokenSource, IdentityOptions, IdentitySource } from '../options.ts'
import { lateSource } from '../tokens/source.ts'
import { assertEmail } from './credentials/check-credentials.ts'
import { defaultSource } from './default-source.ts'
import { assertIdentityOptions, type OwnNames } from './identity-options.ts'

/** The options of `impersonate`. */
export interface ImpersonateOptions extends IdentityOptions {
  /** The email of the service account to impersonate. */
  serviceAccount: string
  /**
   * The emails of the accounts in between. Each must be allowed to impersonate the next one.
   *
   * @default []
   */
  delegates?: readonly string[]
  /**
   * The identity that impersonates.
   *
   * @default applicationDefault(), which here can be a person
   */
  source?: AccessTokenSource
}

/**
 * Impersonates another service account, by IAM Credentials' `generateIdToken`.
 *
 * The `source` needs `roles/iam.serviceAccountOpenIdTokenCreator` on that account; with
 * `delegates`, or as the `source` of another, `roles/iam.serviceAccountTokenCreator`.
 *
 * @see https://cloud.google.com/iam/docs/create-short-lived-credentials-direct
 *
 * @param options the account, and the identity that impersonates it
 * @throws {TypeError} if an option is wrong, or `COUNTERSIGN_EMULATOR` is set in production
 */
export function impersonate(options: ImpersonateOptions): IdentitySource & AccessTokenSource {
  assertShape(options)
  const { serviceAccount, delegates = [], fetch, now } = options
  const source = options.source ?? defaultSource({ ...(fetch && { fetch }), ...(now && { now }) })
  const endpoint = emulatorUrl(readEnvironment()) ?? new URL(iamCredentials)
  return lateSource(async () => {
    const { impersonation } = await import('./exchange/impersonation.ts')
    return impersonation({ serviceAccount, delegates, source, endpoint, fetch })
  })
}

const iamCredentials = 'https://iamcredentials.googleapis.com'

const ownNames: OwnNames<ImpersonateOptions> = {
  serviceAccount: true,
  delegates: true,
  source: true,
}

function assertShape(options: ImpersonateOptions): void {
  assertIdentityOptions(options, ownNames, 'impersonate options')
  const { serviceAccount, delegates = [], source } = options
  assertEmail(serviceAccount, 'serviceAccount')
  if (!Array.isArray(delegates))
    throw new TypeError(
      'delegates must be a list of emails: write ["login-run@acme.iam.gserviceaccount.com"], for example',
    )
  for (const [index, email] of delegates.entries()) assertEmail(email, `delegates[${index}]`)
  if (source === undefined || typeof source?.accessToken === 'function') return
  throw new TypeError(
    'source must have a method accessToken: leave it out, or write metadataServer(), for example',
  )
}
