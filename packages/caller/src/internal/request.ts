import { normalizeMethod } from './methods.ts'
import type { Preparation } from './preparation.ts'
import { type RequestBody, snapshot } from './request-body.ts'
import { type HeaderPair, readHeaders } from './request-headers.ts'
import { type FetchInput, isRequest, readInit } from './request-init.ts'
import { parseUrl } from './request-url.ts'

/** A call as it was when it was made: read once, and that is what is sent. */
export interface OutgoingRequest {
  readonly url: URL
  readonly method: string
  readonly headers: readonly HeaderPair[]
  readonly body: RequestBody | null
  readonly redirect: RequestRedirect
  readonly signal: AbortSignal | undefined
  /** All else that was given, such as undici's `dispatcher`. */
  readonly init: RequestInit
}

/** A call whose URL may still be relative to a target. */
export interface ReadRequest extends Omit<OutgoingRequest, 'url'> {
  /** The URL as it was given. */
  readonly text: string
}

/** How `fetch` follows redirects. */
export type RequestRedirect = NonNullable<RequestInit['redirect']>

/** What a fetch is called with. */
export interface FetchArguments {
  /** Where to. */
  readonly input: FetchInput
  /** How. */
  readonly init: RequestInit | undefined
  /** What is done to it for the request that is being answered. */
  readonly preparation?: Preparation | undefined
}

/**
 * Reads what `fetch` would read, once: what changes afterwards, or says something else when asked
 * again, changes nothing.
 *
 * @throws {TypeError} where something is of the wrong type, as `fetch` does
 */
export function readRequest(given: FetchArguments): ReadRequest {
  const read = readArguments(given)
  return given.preparation ? given.preparation.prepare(read) : read
}

/**
 * The request with its URL.
 *
 * @param base what a relative one is relative to, if anything
 * @throws {TypeError} where it can't be parsed, as `fetch` does
 */
export function withUrl({ text, ...request }: ReadRequest, base?: string): OutgoingRequest {
  return { ...request, url: parseUrl(text, base) }
}

function readArguments({ input, init }: FetchArguments): ReadRequest {
  const request = isRequest(input) ? input : undefined
  const text = request ? request.url : String(input)
  const read = readInit(request, init)
  return {
    text,
    method: normalizeMethod(read.method),
    headers: readHeaders(read.headers),
    body: snapshot(read.body ?? null),
    redirect: readRedirect(read.redirect),
    signal: read.signal ?? undefined,
    init: read,
  }
}

function readRedirect(redirect: unknown = 'follow'): RequestRedirect {
  if (redirect === 'follow' || redirect === 'error' || redirect === 'manual') return redirect
  throw new TypeError("redirect must be 'follow', 'error' or 'manual'")
}

/** The request with another signal that may end it, beside its own. */
export function withSignal(request: ReadRequest, more: AbortSignal | undefined): ReadRequest {
  if (!more) return request
  const signal = request.signal ? AbortSignal.any([request.signal, more]) : more
  return { ...request, signal, init: { ...request.init, signal } }
}

/** What the inner fetch is given, beside the URL. */
export function toInit(
  { init, method, body }: OutgoingRequest,
  headers: HeaderPair[],
  redirect: RequestRedirect,
): RequestInit {
  return { ...init, method, headers, body, redirect }
}
