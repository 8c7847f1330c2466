import { emulatorUrl } from '@countersign/shared/emulator-guard'
import {
  type Environment,
  metadataHostFrom,
  readEnvironment,
  serverlessVariable,
} from '@countersign/shared/environment'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { IdentityOptions } from '../options.ts'
import { lateSource, type TokenSource } from '../tokens/source.ts'
import { findCredentialsFile, withFile } from './credentials/credentials-file.ts'
import { metadataServer } from './metadata-server.ts'

/**
 * Application Default Credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, else gcloud's
 * own file, else the metadata server. There is no probe before the first token.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 */
export function defaultSource({ fetch, now = () => Date.now() }: IdentityOptions): TokenSource {
  const env = readEnvironment()
  const options = { fetch, now, emulator: emulatorUrl(env) }
  const metadata = saysMetadataServer(env) ? metadataServer() : lastResort(metadataServer())
  return lateSource(async () => {
    const file = findCredentialsFile(env)
    if (!file) return metadata
    const { fileIdentity } = await import('./exchange/file.ts')
    return withFile(file, (fields) => fileIdentity(fields, options))
  })
}

/** Whether the environment shows that there is a metadata server. */
function saysMetadataServer(env: Environment): boolean {
  return metadataHostFrom(env) !== undefined || serverlessVariable(env) !== undefined
}

/**
 * Returns the metadata server as a last resort: if it can't be reached, the error is `no_credentials`,
 * since the environment doesn't show that there is one.
 */
export function lastResort(metadata: TokenSource): TokenSource {
  return {
    idToken: (audience, options) => metadata.idToken(audience, options).catch(explain),
    accessToken: (options) => metadata.accessToken(options).catch(explain),
  }
}

function explain(cause: unknown): never {
  if (!isIdTokenError(cause) || !isUnreachable(cause)) throw cause
  throw new IdTokenError('no_credentials', 'No credentials were found here', {
    hint: 'On a laptop run gcloud auth application-default login --impersonate-service-account=ACCOUNT, or countersign dev; elsewhere set GOOGLE_APPLICATION_CREDENTIALS.',
    cause,
  })
}

/** Whether nothing answered: an error that the server answered has no `cause`. */
function isUnreachable({ code, cause }: IdTokenError): boolean {
  return code === 'identity_timeout' || cause !== undefined
}
