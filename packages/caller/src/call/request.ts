import { redact } from '@countersign/shared/redact'

/** A call as it was when it was made: read once, and that is what is sent. */
export interface OutgoingRequest {
  url: URL
  method: string
  headers: readonly HeaderPair[]
  body: RequestBody | null
  redirect: RequestRedirect
  signal: AbortSignal | undefined
  /** All else that was given, such as undici's `dispatcher`. */
  init: RequestInit
}

/** A call whose URL may still be relative to a target. */
export interface ReadRequest extends Omit<OutgoingRequest, 'url'> {
  /** The URL as it was given. */
  text: string
}

/** How `fetch` follows redirects. */
export type RequestRedirect = NonNullable<RequestInit['redirect']>

/** What a fetch is called with. */
export interface FetchArguments {
  /** Where to. */
  input: FetchInput
  /** How. */
  init: RequestInit | undefined
  /** What is done to it for the request that is being answered. */
  preparation?: Preparation | undefined
}

/** What becomes of the calls that are made while one request is answered. */
export interface Preparation {
  /** Of a call that was read, before it is held against the list. */
  prepare(request: ReadRequest): ReadRequest
  /** What goes beside the token into the headers for another client's call. */
  headers: readonly HeaderPair[]
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

/** What `fetch` takes in the first place. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** Any `Request`: undici's own, and those of other realms, are other classes than the global one. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && Object.prototype.toString.call(input) === '[object Request]'
}

/**
 * What a call says beside its URL: the members of its `Request` and of its init, which wins.
 *
 * @throws {TypeError} where the init is no object, as `fetch` does
 */
function readInit(request: Request | undefined, init: unknown): RequestInit {
  const own = init === undefined || init === null ? undefined : setMembers(init)
  return request ? { ...pick(request, members), ...own } : (own ?? {})
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
 * The members that are set. `fetch` also reads inherited ones, such as a `Request`'s when that is
 * given as the init, and takes a body of null for none given.
 */
function setMembers(init: unknown): RequestInit {
  if (typeof init !== 'object' && typeof init !== 'function') {
    throw new TypeError("A call's init must be an object")
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

/** Fetch standard, 'normalize a method': these in any case, all others as they are. */
function normalizeMethod(method: unknown): string {
  if (method === undefined) return 'GET'
  const text = String(method)
  return /^(?:delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text
}

/** Whether a method changes nothing (RFC 9110 section 9.2.1), so that a call may be made twice. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** A header as `fetch` takes it. */
export type HeaderPair = [name: string, value: string]

/**
 * The headers of an init, in any of the forms that `fetch` takes.
 *
 * @throws {TypeError} for any other form, as `fetch` does
 */
function readHeaders(headers: unknown): HeaderPair[] {
  if (headers === undefined) return []
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError('headers must be Headers, a list of pairs, or an object')
  }
  if (isIterable(headers)) return Array.from(headers, readPair)
  return Object.entries(headers).map(([name, value]) => [name, String(value)])
}

function readPair(entry: unknown): HeaderPair {
  const [name, value, ...more] = isIterable(entry) ? entry : []
  if (value !== undefined && more.length === 0) return [String(name), String(value)]
  throw new TypeError('headers must be pairs: write each as a name and a value')
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/**
 * The URL of a call. A path is put beneath the base, also where that has a path of its own. Whatever
 * else the text resolves to is held against the base's targets afterwards.
 *
 * @param text the URL
 * @param base what a relative one is relative to, if anything
 * @throws {TypeError} where it can't be parsed, as `fetch` does
 */
export function parseUrl(text: string, base?: string): URL {
  const full = base !== undefined && /^\/(?![/\\])/.test(text) ? base + text : text
  const url = URL.parse(full, base === undefined ? undefined : `${base}/`)
  if (url) return url
  throw new TypeError(
    `Failed to parse URL from '${redact(text)}': a relative one is for serviceFetch.to(name)`,
  )
}

/** A body as `fetch` takes it. */
export type RequestBody = NonNullable<RequestInit['body']>

/** Whether a body can be sent a second time: all but streams, and whatever else is read by turns. */
export function isReplayable(body: RequestBody | null): boolean {
  return typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)
}

/** What can change while a token is fetched is copied, as `fetch` copies it at once. */
function snapshot(body: RequestBody | null): RequestBody | null {
  if (typeof body !== 'object' || body === null) return body
  if (ArrayBuffer.isView(body)) return new Uint8Array(bytesOf(body))
  if (isA(body, 'ArrayBuffer')) return (body as ArrayBuffer).slice(0)
  if (isA(body, 'URLSearchParams')) return new URLSearchParams(String(body))
  if (isA(body, 'FormData')) return copyForm(body as FormData)
  return body
}

/** By name: in Jest, and of the package undici, a body's class is not the global one. */
function isA(body: object, name: string): boolean {
  return Object.prototype.toString.call(body) === `[object ${name}]`
}

/**
 * Whether a body has to be read before it can be sent: undici refuses `keepalive` with a stream, and a
 * stream is all that a `Request` gives of its body.
 */
export function needsBytes({ body, init }: OutgoingRequest): boolean {
  return init.keepalive === true && !isReplayable(body)
}

/** The request with its body in memory. */
export async function withBytes(request: OutgoingRequest): Promise<OutgoingRequest> {
  return { ...request, body: await new Response(request.body).arrayBuffer() }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Of its own class, since undici's fetch takes no other's. */
function copyForm(form: FormData): FormData {
  const copy = new (form.constructor as typeof FormData)()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}
