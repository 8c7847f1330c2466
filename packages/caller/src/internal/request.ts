import { isReplayable, type RequestBody, snapshot } from './request-body.ts'

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

/** A header as `fetch` takes it. */
export type HeaderPair = [name: string, value: string]

/** How `fetch` follows redirects. */
export type RequestRedirect = NonNullable<RequestInit['redirect']>

/** What `fetch` takes in the first place. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** What a fetch is called with. */
export interface FetchArguments {
  /** Where to. */
  readonly input: FetchInput
  /** How. */
  readonly init: RequestInit | undefined
  /** What a relative URL is relative to. */
  readonly base?: string
}

/**
 * Reads what `fetch` would read, once: what changes afterwards, or says something else when asked
 * again, changes nothing.
 *
 * @throws {TypeError} where the URL can't be parsed, as `fetch` does
 */
export function readRequest({ input, init, base }: FetchArguments): OutgoingRequest {
  const request = isRequest(input) ? input : undefined
  const url = parseUrl(request ? request.url : String(input), base)
  const own = init && readInit(init)
  const read: RequestInit = request ? { ...pick(request, members), ...own } : (own ?? {})
  return {
    url,
    method: normalizeMethod(read.method),
    headers: readHeaders(read.headers),
    body: snapshot(read.body ?? null),
    redirect: read.redirect ?? 'follow',
    signal: read.signal ?? undefined,
    init: read,
  }
}

/** What the inner fetch is given, beside the URL. */
export function toInit(
  { init, method, body }: OutgoingRequest,
  headers: HeaderPair[],
  redirect: RequestRedirect,
): RequestInit {
  return { ...init, method, headers, body, redirect }
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

/** Any `Request`: undici's own is another class than the global one. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input
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
function readInit(init: RequestInit): RequestInit {
  return pick(init, isPlain(init) ? Object.keys(init) : members)
}

function pick(source: object, names: readonly string[]): RequestInit {
  const picked: Record<string, unknown> = {}
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !(name === 'body' && value === null)) picked[name] = value
  }
  return picked
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * A path is put beneath the base, also where that has a path of its own. Whatever else the text
 * resolves to is held against the base's targets afterwards.
 */
function parseUrl(text: string, base: string | undefined): URL {
  const full = base !== undefined && /^\/(?![/\\])/.test(text) ? base + text : text
  const url = URL.parse(full, base === undefined ? undefined : `${base}/`)
  if (url) return url
  throw new TypeError(
    `Failed to parse URL from '${printable(text)}': a relative one is for serviceFetch.to(name)`,
  )
}

/** A text that is no URL, without what may be a user, a password or a query. */
function printable(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/\/\/.*@/s, '//')
}

/** Fetch standard, 'normalize a method': these in any case, all others as they are. */
function normalizeMethod(method: unknown): string {
  if (method === undefined) return 'GET'
  const text = String(method)
  return /^(?:delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text
}

function readHeaders(headers: RequestInit['headers']): HeaderPair[] {
  if (!headers) return []
  const pairs: HeaderPair[] = []
  for (const [name, value] of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    pairs.push([String(name), String(value)])
  }
  return pairs
}
