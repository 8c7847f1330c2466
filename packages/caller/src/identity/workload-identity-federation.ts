import { emulatorUrl } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import type { ExternalAccountConfig } from '../credentials.ts'
import type { AccessTokenSource, IdentityOptions, IdentitySource } from '../options.ts'
import { lateSource } from '../tokens/source.ts'
import { type CheckedFederation, checkFederation } from './credentials/check-credentials.ts'
import { readCredentialsFile, withFile } from './credentials/credentials-file.ts'
import { assertIdentityOptions } from './identity-options.ts'

/**
 * A service account, through Workload Identity Federation: from GitHub Actions, AWS, Azure, or any
 * OpenID Connect provider, without a key.
 *
 * The foreign token is exchanged for a federated one (Google's STS), and that for an ID token of the
 * account in `service_account_impersonation_url` (IAM Credentials' `generateIdToken`). This needs
 * `roles/iam.workloadIdentityUser` on that account and, unless `subjectToken` gets the foreign token,
 * an installed `google-auth-library`.
 *
 * @see https://cloud.google.com/iam/docs/workload-identity-federation
 *
 * @param config the configuration's path, read each time a token is needed; or its content
 * @param options how to reach Google
 * @throws {TypeError} if the content or an option is wrong. A wrong file is an {@link IdTokenError}
 *   `no_credentials` when a token is needed
 */
export function workloadIdentityFederation(
  config: string | ExternalAccountConfig,
  options: IdentityOptions = {},
): IdentitySource & AccessTokenSource {
  assertIdentityOptions(options, {}, 'workloadIdentityFederation options')
  const { fetch } = options
  const read = configReader(config, emulatorUrl(readEnvironment()))
  return lateSource(async () => {
    const { federation } = await import('./exchange/federation.ts')
    return federation(read(), { fetch })
  })
}

function configReader(
  config: string | ExternalAccountConfig,
  emulator: URL | undefined,
): () => CheckedFederation {
  if (typeof config === 'string') {
    return () =>
      withFile(readCredentialsFile(config), (fields) => checkFederation(fields, emulator))
  }
  const checked = checkFederation(config, emulator)
  return () => checked
}
