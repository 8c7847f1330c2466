import { abortAfter, abortWithAny } from '@countersign/shared/realm/signals'
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

/** The options of a federation. */
export interface FederationOptions {
  fetch: FetchLike | undefined
  /**
   * The time-out of the subject token, and again of the exchange; for tests.
   *
   * @default 9000
   */
  timeoutMs?: number
  load?: LibraryOptions['load']
}

/** Creates the source of the service account that a federated identity impersonates. */
export function federation(config: CheckedFederation, options: FederationOptions): TokenSource {
  const source = federatedTokens(config, options)
  return impersonation({ ...config.account, source, role: federatedRole, fetch: options.fetch })
}

/** https://cloud.google.com/iam/docs/workload-identity-federation#impersonation */
const federatedRole = 'roles/iam.workloadIdentityUser'

/** Creates the source of the federated identity's own access tokens. */
function federatedTokens(
  config: CheckedFederation,
  { fetch, load, timeoutMs = 9_000 }: FederationOptions,
): AccessTokenSource {
  return {
    async accessToken({ signal } = {}) {
      const limit = abortAfter(timeoutMs)
      const until = signal ? abortWithAny([signal, limit]) : limit
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

/** A function of the user's can throw anything, tokens included. */
async function supplied(subjectToken: () => Promise<string>): Promise<string> {
  try {
    return tokenIn({ subjectToken: await subjectToken() }, 'subjectToken').trim()
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'subjectToken returned no token', {
      hint: 'See the cause: subjectToken threw it, or returned no text.',
      cause: redactedCause(cause),
    })
  }
}

function tooSlow(timeoutMs: number): IdTokenError {
  return new IdTokenError('identity_timeout', `No subject token came within ${timeoutMs} ms`, {
    hint: 'Check that the place that credential_source names, or that subjectToken asks, can be reached from here.',
  })
}

/** The part of the library that is used. Its own types aren't, since it is an optional peer. */
interface Library {
  AwsClient: ClientClass
  IdentityPoolClient: ClientClass
  PluggableAuthClient: ClientClass
}

type ClientClass = new (config: Json) => { retrieveSubjectToken(): Promise<unknown> }

/** How the library is loaded, and how it fetches the subject token. */
interface LibraryOptions {
  fetch: FetchLike | undefined
  /** Ends the attempt. */
  signal: AbortSignal
  /** Loads the library; for tests in which it is missing. */
  load?: (() => Promise<unknown>) | undefined
}

/**
 * Gets the foreign token of a federation by google-auth-library: from a file, a URL, a program or AWS.
 * The library gets only the fields that it needs for that.
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
    // A file ends with a line break, which the library leaves in.
    return tokenIn({ token }, 'token').trim()
  } catch (cause) {
    throw new IdTokenError('identity_unavailable', 'The federation has no subject token', {
      hint: 'See the cause, and check the credential_source of its configuration.',
      cause: redactedCause(cause, ownWords),
    })
  }
}

/**
 * Returns the library's own words. After a colon or a quotation mark it repeats the output of a program
 * or the content of a file, which can be a token of any form. A system error (`syscall`) stays whole: it
 * names files and hosts.
 */
function ownWords(error: Error): string {
  const isSystems = 'syscall' in error
  return isSystems ? redact(error.message) : redact(error.message.replace(/[:"'`].*$/s, ''))
}

/**
 * Chooses like the library's ExternalAccountClient.fromJSON, which can't be used: it warns on stderr that
 * it checks no URLs.
 */
function clientFor(source: Json): keyof Library {
  if (source.environment_id) return 'AwsClient'
  return source.executable ? 'PluggableAuthClient' : 'IdentityPoolClient'
}

/**
 * Returns the options of gaxios, the library's HTTP client. By default gaxios has no time-out, and sends
 * the headers of a configuration along redirects.
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
 * Imports an optional peer without a bundler's knowledge: a bundler that looked for it would fail if it
 * isn't installed. So the specifier is a variable, with a comment for webpack and Turbopack, which would
 * follow a variable.
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
 * Exchanges a foreign token for a federated access token, at Google's Security Token Service (RFC 8693).
 * Not by google-auth-library, which accepts neither a fetch nor a signal for that.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
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
  const hint = 'Check the subject token, and its pool and its provider.'
  const call = { url: tokenUrl, body: `${body}`, hint, hints }
  return tokenIn(await postToGoogle(call, options), 'access_token')
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
    "Google can't read the issuer's keys: its /.well-known/openid-configuration must be public, or the provider must have the keys.",
  ],
  [
    /AWS/,
    'AWS did not accept the signed request: check the AWS credentials, their region, and the clock.',
  ],
  [/issuer/i, `The subject token is not from the provider's issuer: see ${provider}`],
  [
    /audience/i,
    `Ask for a subject token whose audience the provider allows, or allow this one: see ${provider}`,
  ],
  [
    /stale|expired|issued in the future|not yet valid/i,
    'The subject token is expired, or not valid yet: get it anew each time, and set the clock of its issuer.',
  ],
  [
    /signature|signed|public key/i,
    'The subject token is not signed by a key that its issuer publishes: see its jwks_uri, and the keys that the provider has.',
  ],
  [
    /unable to parse|subject_token_type|credential is invalid/i,
    'The subject token is not what subject_token_type says: see what its source returns.',
  ],
]
