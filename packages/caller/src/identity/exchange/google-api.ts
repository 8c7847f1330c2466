import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../../errors.ts'
import type { FetchLike } from '../../options.ts'
import { waitFor } from '../../tokens/flight.ts'
import {
  type Hints,
  hintOf,
  isObject,
  isTransient,
  type Json,
  parseObject,
  readText,
  withRetries,
} from '../../tokens/source.ts'

/** A call to one of Google's APIs. */
export interface GoogleCall {
  url: URL
  /** Sent as a form if it is URLSearchParams, else as JSON. */
  body: URLSearchParams | Json
  /** @default none is sent */
  authorization?: string | undefined
  /** Hints for refusals whose words are known. @default none */
  hints?: Hints
  /** The hint for all other refusals. */
  hint: string
}

/** How calls are made. */
export interface GoogleCallOptions {
  fetch?: FetchLike | undefined
  signal?: AbortSignal | undefined
  /**
   * The time-out, with all repetitions. It is shorter than the token cache's, so that the error names the
   * server that was slow.
   *
   * @default 9000
   */
  timeoutMs?: number
}

/**
 * Sends a POST to one of Google's APIs, and repeats it if the API is busy or fails. Redirects are not
 * followed: they would carry the assertion or the access token to another place.
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`; the signal's reason
 */
export async function postToGoogle(call: GoogleCall, options: GoogleCallOptions): Promise<Json> {
  const { signal, fetch = globalThis.fetch, timeoutMs = 9_000 } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const until = signal ? AbortSignal.any([signal, limit]) : limit
  try {
    const promise = withRetries(() => attempt(call, fetch, until), {
      signal: until,
      mayDoBetter: ({ status }) => isTransient(status),
    })
    // A fetch of the user's own can ignore the signal.
    return read(await waitFor(promise, until), call)
  } catch (cause) {
    signal?.throwIfAborted()
    throw limit.aborted ? tooSlow(call) : unreachable(cause, call)
  }
}

interface Answer {
  status: number
  text: string
}

async function attempt(
  { url, body, authorization }: GoogleCall,
  fetch: FetchLike,
  signal: AbortSignal,
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const response = await fetch(url.href, {
    method: 'POST',
    headers: {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: isForm ? body.toString() : JSON.stringify(body),
    redirect: 'error',
    signal,
  })
  return { status: response.status, text: response.body ? await readText(response.body) : '' }
}

function read({ status, text }: Answer, { url, hints = [], hint }: GoogleCall): Json {
  const answer = parseObject(text)
  if (status === 200 && answer) return answer
  const reason = reasonOf(answer)
  const words = redact(reason)
  throw new IdTokenError(
    'identity_unavailable',
    `${url.host} answered ${status}${words && `: ${words}`}`,
    { hint: hintOf({ status, reason }, hints, answer ? hint : stranger) },
  )
}

/** All of Google's APIs answer in JSON. An HTML page usually comes from a proxy. */
const stranger = 'The answer is not from Google: check what is between, such as a proxy.'

/** RFC 6749 section 5.2, or the `google.rpc.Status` of Google's other APIs. */
function reasonOf(answer: Json | undefined): string {
  const error = answer?.error
  if (isObject(error)) return String(error.message ?? '')
  return [error, answer?.error_description].filter((part) => typeof part === 'string').join(', ')
}

function tooSlow({ url }: GoogleCall): IdTokenError {
  return new IdTokenError('identity_timeout', `${url.host} took too long`, {
    hint: `Check that ${url.host} can be reached from here.`,
  })
}

function unreachable(cause: unknown, { url }: GoogleCall): IdTokenError {
  if (isIdTokenError(cause)) return cause
  return new IdTokenError('identity_unavailable', `${url.host} could not be reached`, {
    hint: `Check that ${url.host} can be reached from here.`,
    cause: redactedCause(cause),
  })
}
