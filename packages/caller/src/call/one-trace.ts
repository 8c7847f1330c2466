import type { AsyncLocalStorage } from 'node:async_hooks'
import type { IdToken } from '../tokens/id-token.ts'
import type { HeaderPair } from './headers.ts'
import { isOfTrace, traceIdOf } from './trace.ts'

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
  const storage = watcher()
  return storage ? storage.run(true, send) : send()
}

/**
 * Expects a call of another client, such as undici's `request`, with the headers that `headers()` returned:
 * it has one `traceparent`, too. Their token identifies it.
 */
export function expectOneTrace({ bearer, expiresAtMs }: IdToken, now: number): void {
  if (!watcher()) return
  for (const [given, until] of givenOut) if (until <= now) givenOut.delete(given)
  givenOut.set(bearer, expiresAtMs)
}

/** The tokens that `headers()` returned together with a trace, as headers' values, until they expire. */
const givenOut = new Map<unknown, number>()

/** Undefined while nothing traces undici. */
function watcher(): AsyncLocalStorage<true> | undefined {
  const { hasSubscribers } = process.getBuiltinModule('node:diagnostics_channel')
  if (ours === undefined && hasSubscribers(requestCreated)) ours = watched()
  return ours
}

const requestCreated = 'undici:request:create'

function watched(): AsyncLocalStorage<true> {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
  const { subscribe } = process.getBuiltinModule('node:diagnostics_channel')
  const storage = new AsyncLocalStorage<true>()
  subscribe(requestCreated, (message) => {
    const { request } = message as { request: UndiciRequest }
    if (storage.getStore() || isExpected(request)) keepOneTrace(request)
  })
  return storage
}

function isExpected({ headers }: UndiciRequest): boolean {
  return givenOut.size > 0 && Array.isArray(headers) && headers.some((one) => givenOut.has(one))
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
 * id was started by something that did not read the incoming request; it wins only if it alone has a
 * `traceparent`.
 */
function chosen(first: Trace, added: Trace): HeaderPair[] {
  const firstId = idOf(first)
  const addedId = idOf(added)
  const isChild = addedId !== undefined && (firstId === undefined || firstId === addedId)
  const isOnlyParent = parentIn(first) === undefined && parentIn(added) !== undefined
  return [...(isChild || isOnlyParent ? new Map([...first, ...added]) : first)]
}

function idOf(trace: Trace): string | undefined {
  return parentIn(trace) ?? trace.get('x-cloud-trace-context')?.split('/', 1)[0]
}

function parentIn(trace: Trace): string | undefined {
  return traceIdOf(trace.get('traceparent') ?? '')
}
