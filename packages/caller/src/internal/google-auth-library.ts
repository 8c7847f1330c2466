import { IdTokenError } from '../errors.ts'
import type { AccessTokenSource } from '../identity-source.ts'
import { waitFor } from './flight.ts'
import { type Json, tokenIn } from './json.ts'
import { redactedCause } from './redact.ts'

/** As much of the library as is used. Its types stay out of ours: it is an optional peer. */
interface Library {
  readonly AwsClient: ClientClass
  readonly IdentityPoolClient: ClientClass
  readonly PluggableAuthClient: ClientClass
}

type ClientClass = new (config: Json) => { getAccessToken(): Promise<{ token?: string | null }> }

/** Loads the library; replaced in tests that want it missing. */
export type LoadLibrary = () => Promise<unknown>

/**
 * The access tokens of a federated identity, as google-auth-library gets them: with subject tokens
 * from files, URLs, programs and AWS.
 *
 * @param config the configuration, its URLs checked
 * @param load loads the library, once a token is needed
 */
export function federatedAccessTokens(
  config: Json,
  load: LoadLibrary = () => import('google-auth-library'),
): AccessTokenSource {
  return {
    async accessToken({ signal } = {}) {
      const library = await loadLibrary(load)
      return waitFor(getAccessToken(library, config), signal)
    },
  }
}

async function getAccessToken(library: Library, config: Json): Promise<string> {
  try {
    const Client = library[clientFor(config)]
    const { token } = await new Client(config).getAccessToken()
    return tokenIn({ token }, 'token')
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'The federation gave no access token', {
      hint: 'See the cause, and check the subject token and the pool that it is for.',
      cause: redactedCause(cause),
    })
  }
}

/** As its ExternalAccountClient.fromJSON chooses, which warns on stderr that it checks no URLs. */
function clientFor(config: Json): keyof Library {
  const source = config.credential_source as Json
  if (source.environment_id) return 'AwsClient'
  return source.executable ? 'PluggableAuthClient' : 'IdentityPoolClient'
}

async function loadLibrary(load: LoadLibrary): Promise<Library> {
  try {
    return (await load()) as Library
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'google-auth-library is not installed', {
      hint: 'Run npm install google-auth-library: Workload Identity Federation needs it.',
      cause,
    })
  }
}
