import type { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import type { HeaderPair, ReadRequest } from './request.ts'

/** W3C Trace Context, and Google's own header. */
const names = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * The trace that a request belongs to, as headers. A `traceparent` that came twice, which Node joins
 * with a comma, or that is not valid is left out with its `tracestate`, as the specification wants it:
 * the next service would find no parent in it.
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

/** The trace's id; undefined if the header is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, more] = fields.exec(traceparent) ?? []
  return version === '00' && more !== undefined ? undefined : traceId
}

/** Version, trace id and parent id, none of which may be all zeros, and flags; later versions may add fields. */
const fields =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** Puts a call into a trace. One that the caller set itself stays. */
export function withTrace(call: ReadRequest, trace: readonly HeaderPair[]): ReadRequest {
  if (trace.length === 0 || call.headers.some(([name]) => isOfTrace(name))) return call
  return { ...call, headers: [...call.headers, ...trace] }
}

/** Whether a header says which trace a request belongs to. */
function isOfTrace(given: string): boolean {
  const name = given.toLowerCase()
  return names.some((one) => one === name)
}

/** Headers of a trace by name, in lower case. */
type Trace = ReadonlyMap<string, string>

/** What undici shows instrumentations of a request: its headers as names and values in turn. */
interface UndiciRequest {
  headers: unknown
  addHeader?(name: string, value: string): unknown
}

/** Tells our calls from the process's others. */
let ours: AsyncLocalStorage<true> | undefined

/**
 * Sends a request so that one `traceparent` is on the wire, also if `fetch` is traced twice.
 * Instrumentations of undici, such as OpenTelemetry's, append theirs to what is there, and the next
 * service finds no parent in two.
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

/** An instrumentation that subscribed before us has written its trace; one that came later is about to. */
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

/** A second trace begins where a name comes again. */
function split(headers: readonly HeaderPair[]) {
  const first = new Map<string, string>()
  const added = new Map<string, string>()
  for (const [name, value] of headers) {
    if (added.size > 0 || first.has(name)) added.set(name, value)
    else first.set(name, value)
  }
  return { first, added }
}

/** Takes the headers of a trace out of a request's. */
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
 * What is added counts if it belongs to the same trace: its span is a child of the first. One of
 * another trace was begun without a look at the incoming request.
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
