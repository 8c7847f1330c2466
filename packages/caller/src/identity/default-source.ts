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
 * Application Default Credentials: the file that is named, else gcloud's own, else the metadata
 * server. No probe goes ahead of the first token: whether there is a metadata server shows then.
 *
 * Source: https://cloud.google.com/docs/authentication/application-default-credentials
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

/** Whether the environment says that there is a metadata server, so that nothing else is likely. */
function saysMetadataServer(env: Environment): boolean {
  return metadataHostFrom(env) !== undefined || serverlessVariable(env) !== undefined
}

/**
 * The metadata server where nothing says that there is one: where it can't be reached, there simply
 * are no credentials.
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

/** Nothing answered: an answer that is an error has no cause of its own. */
function isUnreachable({ code, cause }: IdTokenError): boolean {
  return code === 'identity_timeout' || cause !== undefined
}
