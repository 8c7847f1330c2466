import { abortWithAny } from '@countersign/shared/realm/signals'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { redact } from '@countersign/shared/redact'
import { type HeaderPair, readHeaders } from './headers.ts'
import { withoutBrokenTrace } from './trace.ts'

/** A call as it was given: read once, so that later changes have no effect. */
export interface OutgoingRequest {
  url: URL
  method: string
  headers: readonly HeaderPair[]
  body: RequestBody | null
  redirect: RequestRedirect
  signal: AbortSignal | undefined
  /** The whole init, with the rest of its members, such as undici's `dispatcher`. */
  init: RequestInit
}

/** A call whose URL is still a text, which can be relative to a target. */
export interface ReadRequest extends Omit<OutgoingRequest, 'url'> {
  /** The URL as it was given. */
  text: string
}

/** How `fetch` follows redirects. */
export type RequestRedirect = NonNullable<RequestInit['redirect']>

/** The arguments of a fetch. */
export interface FetchArguments {
  input: FetchInput
  init: RequestInit | undefined
  /** The changes to it, for the incoming request that is being answered. */
  preparation?: Preparation | undefined
}

/** Changes to outgoing calls made while serving one incoming request. */
export interface Preparation {
  /** Runs after the arguments are read and before the target check. */
  prepare(request: ReadRequest): ReadRequest
  /** Goes into the headers for another client's call, beside the token. */
  headers: readonly HeaderPair[]
}

/**
 * Reads the same members as `fetch`, once: a change afterwards, or a getter that returns something else
 * the next time, has no effect.
 *
 * @throws {TypeError} if something is of the wrong type, as `fetch` does
 */
export function readRequest(given: FetchArguments): ReadRequest {
  const read = readArguments(given)
  return given.preparation ? given.preparation.prepare(read) : read
}

/**
 * Returns the request with its URL.
 *
 * @throws {TypeError} if the URL can't be parsed, as `fetch` does
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
    headers: withoutBrokenTrace(readHeaders(read.headers)),
    body: snapshot(read.body ?? null),
    redirect: readRedirect(read.redirect),
    signal: read.signal ?? undefined,
    init: read,
  }
}

function readRedirect(redirect: unknown = 'follow'): RequestRedirect {
  if (redirect === 'follow' || redirect === 'error' || redirect === 'manual') return redirect
  throw new TypeError('redirect must be "follow", "error" or "manual"')
}

/** Returns the request with one more signal that can abort it. */
export function withSignal(request: ReadRequest, more: AbortSignal | undefined): ReadRequest {
  if (!more) return request
  const signal = request.signal ? abortWithAny([request.signal, more]) : more
  return { ...request, signal, init: { ...request.init, signal } }
}

/** Returns the init for the inner fetch. */
export function toInit(
  { init, method, body }: OutgoingRequest,
  headers: HeaderPair[],
  redirect: RequestRedirect,
): RequestInit {
  return { ...init, method, headers, body, redirect }
}

/** The first argument of `fetch`. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** Whether the input is a `Request` of any class: undici and other realms have their own. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && Object.prototype.toString.call(input) === '[object Request]'
}

/**
 * Returns the members of a call's `Request` and of its init; the init wins.
 *
 * @throws {TypeError} if the init is not an object, as `fetch` does
 */
function readInit(request: Request | undefined, init: unknown): RequestInit {
  const own = init === undefined || init === null ? undefined : setMembers(init)
  // node-fetch's has no `duplex`, which Node's fetch wants beside a stream.
  return request ? { duplex: 'half', ...pick(request, members), ...own } : (own ?? {})
}

const members = [
  'method',
  'headers',
  'body',
  'redirect',
  'signal',
  'keepalive',
  'integrity',
  'credentials',
  'mode',
  'cache',
  'referrer',
  'referrerPolicy',
  'duplex',
  'dispatcher',
] as const

/**
 * Returns the members that are set. Like `fetch`, this includes inherited members, such as those of a
 * `Request` that is given as the init, and treats a body of null as not given.
 */
function setMembers(init: unknown): RequestInit {
  if (typeof init !== 'object' && typeof init !== 'function') {
    throw new TypeError('init must be an object')
  }
  return pick(init as object, new Set([...members, ...Object.keys(init as object)]))
}

function pick(source: object, names: Iterable<string>): RequestInit {
  const picked: Record<string, unknown> = {}
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !(name === 'body' && value === null)) picked[name] = value
  }
  return picked
}

/** Fetch standard, 'normalize a method': these six become upper case, and all others stay. */
function normalizeMethod(method: unknown): string {
  if (method === undefined) return 'GET'
  const text = String(method)
  return /^(?:delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text
}

/** Whether a method changes nothing (RFC 9110 section 9.2.1), so that a call can be repeated. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/**
 * Parses the URL of a call. A path is put below the base, also if the base has a path itself. A text
 * that resolves to another place is checked against the targets afterwards.
 *
 * @throws {TypeError} if the text can't be parsed, as `fetch` does
 */
export function parseUrl(text: string, base?: string): URL {
  const full = base !== undefined && /^\/(?![/\\])/.test(text) ? base + text : text
  const url = parsedUrl(full, base === undefined ? undefined : `${base}/`)
  if (url) return url
  throw new TypeError(
    `Failed to parse URL from "${redact(text)}": call a relative URL with serviceFetch.to(name)`,
  )
}

/** The body of a request. */
export type RequestBody = NonNullable<RequestInit['body']>

/** Whether a body can be sent a second time: any body but streams and other async iterables. */
export function isReplayable(body: RequestBody | null): boolean {
  return typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)
}

/** Copies a body that could change while the token is fetched; `fetch` copies it at once, too. */
function snapshot(body: RequestBody | null): RequestBody | null {
  if (typeof body !== 'object' || body === null) return body
  if (ArrayBuffer.isView(body)) return new Uint8Array(bytesOf(body))
  if (isA(body, 'ArrayBuffer')) return (body as ArrayBuffer).slice(0)
  if (isA(body, 'URLSearchParams')) return new URLSearchParams(String(body))
  if (isA(body, 'FormData')) return copyForm(body as FormData)
  return body
}

/** Compares by name: in Jest, and with the package undici, a body's class is not the global one. */
function isA(body: object, name: string): boolean {
  return Object.prototype.toString.call(body) === `[object ${name}]`
}

/**
 * Whether a body has to be read into memory first: undici refuses `keepalive` with a stream, and a
 * `Request` offers its body only as a stream.
 */
export function needsBytes({ body, init }: OutgoingRequest): boolean {
  return init.keepalive === true && !isReplayable(body)
}

/** Returns the request with its body in memory. */
export async function withBytes(request: OutgoingRequest): Promise<OutgoingRequest> {
  return { ...request, body: await new Response(request.body).arrayBuffer() }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** The copy has the class of the original, since undici's fetch accepts only its own class. */
function copyForm(form: FormData): FormData {
  const copy = new (form.constructor as typeof FormData)()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}
