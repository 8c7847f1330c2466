import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../../errors.ts'
import type { AccessTokenSource, FetchLike } from '../../options.ts'
import { waitFor } from '../../tokens/flight.ts'
import {
  cloudPlatform,
  type Hints,
  type Json,
  type TokenSource,
  tokenIn,
} from '../../tokens/source.ts'
import type { CheckedFederation } from '../credentials/check-credentials.ts'
import { type GoogleCallOptions, postToGoogle } from './google-api.ts'
import { impersonation } from './impersonation.ts'

/** What a federation needs beside its configuration. */
export interface FederationOptions {
  fetch: FetchLike | undefined
  /**
   * What the subject token may take, and what the exchange may.
   *
   * @default 9000
   */
  timeoutMs?: number
  load?: LibraryOptions['load']
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
      const promise =
        typeof source === 'function'
          ? waitFor(supplied(source), until)
          : subjectToken({ ...config, source }, { fetch, load, signal: until })
      const token = await promise.catch((cause) => {
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

/** As much of the library as is used. Its types stay out of ours: it is an optional peer. */
interface Library {
  AwsClient: ClientClass
  IdentityPoolClient: ClientClass
  PluggableAuthClient: ClientClass
}

type ClientClass = new (config: Json) => { retrieveSubjectToken(): Promise<unknown> }

/** How the library is loaded, and what it reaches the subject token's place with. */
interface LibraryOptions {
  fetch: FetchLike | undefined
  /** Ends the attempt. */
  signal: AbortSignal
  /** Replaced in tests that want it missing. */
  load?: (() => Promise<unknown>) | undefined
}

/**
 * The foreign token of a federation, as google-auth-library gets it: from a file, a URL, a program or
 * AWS. The library is handed nothing but what it needs for that.
 *
 * @throws {@link IdTokenError} `identity_unavailable`; the signal's reason
 */
async function subjectToken(
  { audience, subjectTokenType, tokenUrl, source }: CheckedFederation & { source: Json },
  { load = importPeer, ...transport }: LibraryOptions,
): Promise<string> {
  const library = await loadLibrary(load)
  const config = {
    type: 'external_account',
    audience,
    subject_token_type: subjectTokenType,
    token_url: tokenUrl.href,
    credential_source: source,
    transporterOptions: transporterOptions(transport),
  }
  return waitFor(retrieve(library[clientFor(source)], config), transport.signal)
}

async function retrieve(Client: ClientClass, config: Json): Promise<string> {
  try {
    const token = await new Client(config).retrieveSubjectToken()
    return tokenIn({ token }, 'token')
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'The federation has no subject token', {
      hint: 'See the cause, and check the credential_source of its configuration.',
      cause: redactedCause(cause, ownWords),
    })
  }
}

/**
 * What the library says itself: behind a colon or a quotation mark it repeats what a program or a file
 * said, which may be a token of any form. What the system says (`syscall`) names files and hosts.
 */
function ownWords(error: Error): string {
  const isSystems = 'syscall' in error
  return isSystems ? redact(error.message) : redact(error.message.replace(/[:"'`].*$/s, ''))
}

/** As its ExternalAccountClient.fromJSON chooses, which warns on stderr that it checks no URLs. */
function clientFor(source: Json): keyof Library {
  if (source.environment_id) return 'AwsClient'
  return source.executable ? 'PluggableAuthClient' : 'IdentityPoolClient'
}

/**
 * What gaxios, its HTTP client, is made with. Left to itself it has no time-out, and carries the
 * headers of a configuration along redirects.
 */
function transporterOptions({ fetch = globalThis.fetch, signal }: LibraryOptions): Json {
  function fetchImplementation(url: string | URL, { method = 'GET', headers }: GaxiosRequest) {
    return fetch(String(url), { method, headers, redirect: 'error', signal })
  }
  return { fetchImplementation }
}

/** None of the requests for a subject token has a body. */
interface GaxiosRequest {
  method?: string
  headers: Headers
}

/**
 * The specifier is a variable, and webpack and Turbopack, which see through that, are asked to leave
 * it: a bundler that looked for an optional peer would fail wherever it isn't installed.
 */
function importPeer(): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ peer)
}

const peer: string = 'google-auth-library'

async function loadLibrary(load: () => Promise<unknown>): Promise<Library> {
  try {
    return (await load()) as Library
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'google-auth-library is not installed', {
      hint: 'Run npm install google-auth-library: Workload Identity Federation needs it.',
      cause: redactedCause(cause),
    })
  }
}

/**
 * Exchanges a foreign token for a federated access token: Google's Security Token Service (RFC 8693).
 * It is asked here rather than by google-auth-library, which takes no fetch and no signal for it.
 *
 * Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`, `token_rejected`
 */
async function exchangeSubjectToken(
  subjectToken: string,
  { audience, subjectTokenType, tokenUrl, userProject }: CheckedFederation,
  options: GoogleCallOptions,
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope: cloudPlatform,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: subjectTokenType,
  })
  if (userProject !== undefined) body.set('options', JSON.stringify({ userProject }))
  const hint = 'Check the subject token, and the pool and the provider that it is for.'
  return tokenIn(await postToGoogle({ url: tokenUrl, body, hint, hints }, options), 'access_token')
}

const provider = 'gcloud iam workload-identity-pools providers describe'

/** The words of Google's Security Token Service. */
const hints: Hints = [
  [
    /invalid_target|"audience" parameter/i,
    `Check the configuration's audience: its pool or provider is disabled, deleted or misspelt. See ${provider}`,
  ],
  [
    /attribute condition/i,
    `The provider's attribute condition does not hold for this subject token: compare its claims with ${provider}`,
  ],
  [
    /attribute mapping|mapped attribute/i,
    `The provider's attribute mapping does not fit the subject token's claims: see ${provider}`,
  ],
  [
    /connecting to the given credential's issuer/i,
    "Google can't read the issuer's keys: its /.well-known/openid-configuration must be public, or the keys given to the provider.",
  ],
  [/issuer/i, `The subject token is another issuer's than the provider's: see ${provider}`],
  [
    /audience/i,
    `Ask for a subject token whose audience the provider allows, or allow this one: see ${provider}`,
  ],
  [
    /stale|expired|issued in the future|not yet valid/i,
    'The subject token is expired, or not valid yet: get it anew each time, and set the clock of its issuer.',
  ],
  [
    /serviceusage|user ?project/i,
    'Give the identity roles/serviceusage.serviceUsageConsumer on the project in workforce_pool_user_project.',
  ],
]
