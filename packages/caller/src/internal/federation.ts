import type { FetchLike } from '../options.ts'
import { federatedAccessTokens, type LoadLibrary } from './google-auth-library.ts'
import { impersonation } from './impersonation.ts'
import type { Json } from './json.ts'
import { checkFederation } from './parse-credentials.ts'
import type { TokenSource } from './token-source.ts'

/** What a federation needs beside its configuration. */
export interface FederationOptions {
  readonly fetch: FetchLike | undefined
  readonly emulator: URL | undefined
  readonly load?: LoadLibrary
}

/**
 * The service account that a federated identity may become.
 *
 * The library is given the configuration without that account: left in, it would get an access token
 * of the account first, which then would need leave to impersonate itself.
 *
 * @throws {TypeError} where the configuration is wrong
 */
export function federation(
  config: Json,
  { fetch, emulator, load }: FederationOptions,
): TokenSource {
  const account = checkFederation(config, emulator)
  const { service_account_impersonation_url: _, ...federated } = config
  const source = federatedAccessTokens(federated, load)
  return impersonation({ ...account, source, fetch })
}
