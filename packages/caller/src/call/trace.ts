import type { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import type { HeaderPair, ReadRequest } from './request.ts'

/** The headers of W3C Trace Context, and Google's own one. */
const names = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * Returns the trace that a request belongs to, as headers. Leaves out a `traceparent` that is invalid or
 * came twice (Node joins the two with a comma), and its `tracestate`, as the specification requires: the
 * next service would find no parent in it.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header-field-values
 */
export function traceOf(headers: IncomingHttpHeaders): HeaderPair[] {
  const { traceparent, tracestate, 'x-cloud-trace-context': cloudTrace } = headers
  const pairs: HeaderPair[] = []
  if (typeof traceparent === 'string' && traceIdOf(traceparent) !== undefined) {
    pairs.push(['traceparent', traceparent])
    if (typeof tracestate === 'string') pairs.push(['tracestate', tracestate])
  }
  if (typeof cloudTrace === 'string' && !cloudTrace.includes(',')) {
    pairs.push(['x-cloud-trace-context', cloudTrace])
  }
  return pairs
}

/** Returns the trace's id; undefined if the header is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, more] = fields.exec(traceparent) ?? []
  return version === '00' && more !== undefined ? undefined : traceId
}

/**
 * Version, trace id, parent id and flags. Neither id can be all zeros. Versions after 00 can have more
 * fields.
 */
const fields =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** Adds a call to a trace. A trace that the call has already stays. */
export function withTrace(call: ReadRequest, trace: readonly HeaderPair[]): ReadRequest {
  if (trace.length === 0 || call.headers.some(([name]) => isOfTrace(name))) return call
  return { ...call, headers: [...call.headers, ...trace] }
}

/** Whether a header belongs to a trace. */
function isOfTrace(given: string): boolean {
  const name = given.toLowerCase()
  return names.some((one) => one === name)
}

/** Headers of a trace by name, in lower case. */
type Trace = ReadonlyMap<string, string>

/** A request as undici shows it to instrumentations: `headers` alternates names and values. */
interface UndiciRequest {
  headers: unknown
  addHeader?(name: string, value: string): unknown
}

/** Is set while one of our calls is sent, so that other calls of the process are left alone. */
let ours: AsyncLocalStorage<true> | undefined

/**
 * Sends a request with one `traceparent` on the wire, also if `fetch` is traced twice. Instrumentations
 * of undici, such as OpenTelemetry's, add a second `traceparent` to the first, and the next service finds
 * no parent in two.
 *
 * @param send calls the inner fetch
 */
export function withOneTrace<T>(send: () => Promise<T>): Promise<T> {
  const { hasSubscribers } = process.getBuiltinModule('node:diagnostics_channel')
  if (ours === undefined && !hasSubscribers(requestCreated)) return send()
  ours ??= watched()
  return ours.run(true, send)
}

const requestCreated = 'undici:request:create'

function watched(): AsyncLocalStorage<true> {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
  const { subscribe } = process.getBuiltinModule('node:diagnostics_channel')
  const storage = new AsyncLocalStorage<true>()
  subscribe(requestCreated, (message) => {
    if (storage.getStore()) keepOneTrace((message as { request: UndiciRequest }).request)
  })
  return storage
}

/**
 * An instrumentation that subscribed before us has written its trace already; one that subscribed later
 * writes it after this, through `addHeader`.
 */
function keepOneTrace(request: UndiciRequest): void {
  const { headers, addHeader } = request
  if (!Array.isArray(headers)) return
  const { first, added } = split(takeTrace(headers))
  headers.push(...chosen(first, added).flat())
  if (addHeader === undefined) return
  request.addHeader = (name, value) => {
    if (!isOfTrace(name)) return addHeader.call(request, name, value)
    added.set(name.toLowerCase(), value)
    takeTrace(headers)
    headers.push(...chosen(first, added).flat())
    return request
  }
}

/** The second trace begins with the first repeated name. */
function split(headers: readonly HeaderPair[]) {
  const first = new Map<string, string>()
  const added = new Map<string, string>()
  for (const [name, value] of headers) {
    if (added.size > 0 || first.has(name)) added.set(name, value)
    else first.set(name, value)
  }
  return { first, added }
}

/** Removes the headers of a trace from a request's headers, and returns them. */
function takeTrace(headers: string[]): HeaderPair[] {
  const taken: HeaderPair[] = []
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    const name = String(headers[index])
    if (!isOfTrace(name)) continue
    taken.unshift([name.toLowerCase(), String(headers[index + 1])])
    headers.splice(index, 2)
  }
  return taken
}

/**
 * The added trace wins if it has the same id: its span is a child of the first one. A trace with another
 * id was started by something that did not read the incoming request.
 */
function chosen(first: Trace, added: Trace): HeaderPair[] {
  const firstId = idOf(first)
  const addedId = idOf(added)
  const isChild = addedId !== undefined && (firstId === undefined || firstId === addedId)
  return [...(isChild ? new Map([...first, ...added]) : first)]
}

function idOf(trace: Trace): string | undefined {
  return (
    traceIdOf(trace.get('traceparent') ?? '') ??
    trace.get('x-cloud-trace-context')?.split('/', 1)[0]
  )
}
