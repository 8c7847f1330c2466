import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../errors.ts'
import type { AccessTokenSource, FetchLike } from '../options.ts'
import { waitFor } from '../tokens/flight.ts'
import { type TokenSource, tokenIn } from '../tokens/source.ts'
import { type LibraryOptions, subjectToken } from './google-auth-library.ts'
import { impersonation } from './impersonation.ts'
import type { CheckedFederation } from './parse-federation.ts'
import { exchangeSubjectToken } from './sts.ts'

/** What a federation needs beside its configuration. */
export interface FederationOptions {
  readonly fetch: FetchLike | undefined
  /**
   * What the subject token may take, and what the exchange may.
   *
   * @default 9000
   */
  readonly timeoutMs?: number
  readonly load?: LibraryOptions['load']
}

/** The service account that a federated identity may become. */
export function federation(config: CheckedFederation, options: FederationOptions): TokenSource {
  const source = federatedTokens(config, options)
  return impersonation({ ...config.account, source, role: federatedRole, fetch: options.fetch })
}

/** https://cloud.google.com/iam/docs/workload-identity-federation#impersonation */
const federatedRole = 'roles/iam.workloadIdentityUser'

/** The access tokens of the federated identity itself. */
function federatedTokens(
  config: CheckedFederation,
  { fetch, load, timeoutMs = 9_000 }: FederationOptions,
): AccessTokenSource {
  return {
    async accessToken({ signal } = {}) {
      const limit = AbortSignal.timeout(timeoutMs)
      const until = signal ? AbortSignal.any([signal, limit]) : limit
      const { source } = config
      const landing =
        typeof source === 'function'
          ? waitFor(supplied(source), until)
          : subjectToken({ ...config, source }, { fetch, load, signal: until })
      const token = await landing.catch((cause) => {
        signal?.throwIfAborted()
        throw limit.aborted ? tooSlow(timeoutMs) : cause
      })
      return exchangeSubjectToken(token, config, { fetch, signal, timeoutMs })
    },
  }
}

/** Code of the user's throws what it likes, tokens included. */
async function supplied(subjectToken: () => Promise<string>): Promise<string> {
  try {
    return tokenIn({ subjectToken: await subjectToken() }, 'subjectToken')
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'subjectToken gave no token', {
      hint: 'See the cause: it is what subjectToken threw, or it returned no text.',
      cause: redactedCause(cause),
    })
  }
}

function tooSlow(timeoutMs: number): IdTokenError {
  return new IdTokenError('identity_timeout', `No subject token came within ${timeoutMs} ms`, {
    hint: 'Check that what credential_source names, or subjectToken asks, can be reached from here.',
  })
}
