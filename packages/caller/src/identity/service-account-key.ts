import { emulatorUrl } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import type { ServiceAccountKey } from '../credentials.ts'
import type { AccessTokenSource, IdentityOptions, IdentitySource } from '../options.ts'
import { lateSource } from '../tokens/source.ts'
import { type CheckedKey, checkKey } from './credentials/check-credentials.ts'
import { readCredentialsFile, withFile } from './credentials/credentials-file.ts'
import { assertIdentityOptions } from './identity-options.ts'

/**
 * A service account, by its key: for places with neither a metadata server nor a federation.
 *
 * Uses Google's self-signed JWT exchange: a JWT that names the account (`iss`) and the audience
 * (`target_audience`), signed with the key, is exchanged at the key's `token_uri` for an ID token
 * that Google signed. This package does that itself, since google-auth-library ignores `token_uri`, and
 * its errors contain the JWT.
 *
 * > [!WARNING]
 * > A key is a password that never expires. Prefer {@link workloadIdentityFederation}.
 *
 * @see https://cloud.google.com/run/docs/authenticating/service-to-service#acquire-token
 * @param file the key file's path, read each time a token is needed; or its content
 * @param options how to reach Google
 * @throws {TypeError} if the content or an option is wrong. A wrong file is an {@link IdTokenError}
 *   `no_credentials` when a token is needed
 */
export function serviceAccountKey(
  file: string | ServiceAccountKey,
  options: IdentityOptions = {},
): IdentitySource & AccessTokenSource {
  assertIdentityOptions(options, {}, 'serviceAccountKey options')
  const { fetch, now = () => Date.now() } = options
  const emulator = emulatorUrl(readEnvironment())
  const read = keyReader(file, emulator)
  return lateSource(async () => {
    const { keyIdentity } = await import('./exchange/key.ts')
    return keyIdentity(read(), { fetch, now })
  })
}

function keyReader(file: string | ServiceAccountKey, emulator: URL | undefined): () => CheckedKey {
  if (typeof file === 'string') {
    return () => withFile(readCredentialsFile(file), (fields) => checkKey(fields, emulator))
  }
  const key = checkKey(file, emulator)
  return () => key
}
