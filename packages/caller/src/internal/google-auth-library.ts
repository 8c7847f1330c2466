import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../errors.ts'
import type { FetchLike } from '../options.ts'
import { waitFor } from '../tokens/flight.ts'
import { type Json, tokenIn } from '../tokens/source.ts'
import type { CheckedFederation } from './parse-federation.ts'

/** As much of the library as is used. Its types stay out of ours: it is an optional peer. */
interface Library {
  readonly AwsClient: ClientClass
  readonly IdentityPoolClient: ClientClass
  readonly PluggableAuthClient: ClientClass
}

type ClientClass = new (config: Json) => { retrieveSubjectToken(): Promise<unknown> }

/** How the library is loaded, and what it reaches the subject token's place with. */
export interface LibraryOptions {
  readonly fetch: FetchLike | undefined
  /** Ends the attempt. */
  readonly signal: AbortSignal
  /** Replaced in tests that want it missing. */
  readonly load?: (() => Promise<unknown>) | undefined
}

/**
 * The foreign token of a federation, as google-auth-library gets it: from a file, a URL, a program or
 * AWS. The library is handed nothing but what it needs for that.
 *
 * @throws {@link IdTokenError} `identity_unavailable`; the signal's reason
 */
export async function subjectToken(
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
  readonly method?: string
  readonly headers: Headers
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
