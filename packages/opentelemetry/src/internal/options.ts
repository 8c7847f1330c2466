import type { FetchLike } from '@countersign/caller'
import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api'
import type { MeterOptions } from '../meter-options.ts'
import type { TracedFetchOptions } from '../traced-fetch.ts'
import { scope } from './scope.ts'

/** What a meter needs, with what the options leave open filled in. */
export interface MeterSettings {
  meter: Meter
  now: () => number
}

/**
 * Reads the options of a meter.
 *
 * @param of whose they are, for the error
 * @throws TypeError where one of them is wrong
 */
export function readMeterOptions(of: string, options: MeterOptions): MeterSettings {
  assertOptions(of, options, ['meterProvider', 'now'])
  const { meterProvider = metrics.getMeterProvider(), now = Date.now } = options
  return { meter: meterProvider.getMeter(scope.name, scope.version), now }
}

/** What `tracedFetch` needs, with what the options leave open filled in. */
export interface TracedFetchSettings {
  tracer: Tracer
  fetch: FetchLike
}

/**
 * Reads the options of `tracedFetch`.
 *
 * @throws TypeError where one of them is wrong
 */
export function readTracedFetchOptions(options: TracedFetchOptions): TracedFetchSettings {
  assertOptions('tracedFetch', options, ['fetch', 'tracerProvider'])
  const { fetch = globalFetch, tracerProvider = trace.getTracerProvider() } = options
  return { fetch, tracer: tracerProvider.getTracer(scope.name, scope.version) }
}

type OptionName = keyof MeterOptions | keyof TracedFetchOptions

/** What each option has to be: a function, or something with this method. */
const shapes: Record<OptionName, { method?: string; write: string }> = {
  meterProvider: { method: 'getMeter', write: 'a MeterProvider of @opentelemetry/sdk-metrics' },
  tracerProvider: { method: 'getTracer', write: 'a TracerProvider of @opentelemetry/sdk-trace' },
  fetch: { write: 'a function, such as globalThis.fetch' },
  now: { write: 'a function, such as Date.now' },
}

function assertOptions(of: string, options: object, known: readonly OptionName[]): void {
  for (const [name, value] of Object.entries(options)) {
    const shape = known.includes(name as OptionName) ? shapes[name as OptionName] : undefined
    if (!shape) throw new TypeError(`${of} has no option ${name}: write ${known.join(' or ')}`)
    if (value === undefined || fits(value, shape.method)) continue
    throw new TypeError(`${of} ${name} is ${typeof value}: write ${shape.write}`)
  }
}

function fits(value: unknown, method: string | undefined): boolean {
  const part = method === undefined ? value : (value as Record<string, unknown> | null)?.[method]
  return typeof part === 'function'
}

/** Looked up at each call, so that what is patched in later is heeded. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}
