import type { FetchLike } from '@countersign/caller'
import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api'
import type { MeterOptions, ReceiverMeterOptions, TracedFetchOptions } from './options.ts'

/**
 * Reads the options of `meterReceiver`.
 *
 * @throws TypeError where one of them is wrong
 */
export function readReceiverMeterOptions(options: ReceiverMeterOptions): {
  meter: Meter
  now: () => number
} {
  assertOptions<ReceiverMeterOptions>('meterReceiver', options, { meterProvider: true, now: true })
  return { meter: meterOf(options), now: options.now ?? (() => Date.now()) }
}

/**
 * Reads the options of `meterCaller`.
 *
 * @throws TypeError where one of them is wrong
 */
export function readCallerMeterOptions(options: MeterOptions): { meter: Meter } {
  assertOptions<MeterOptions>('meterCaller', options, { meterProvider: true })
  return { meter: meterOf(options) }
}

function meterOf({ meterProvider = metrics.getMeterProvider() }: MeterOptions): Meter {
  return meterProvider.getMeter(scope.name, scope.version)
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
  assertOptions<TracedFetchOptions>('tracedFetch', options, { fetch: true, tracerProvider: true })
  const { fetch = globalFetch, tracerProvider = trace.getTracerProvider() } = options
  return { fetch, tracer: tracerProvider.getTracer(scope.name, scope.version) }
}

type OptionName = keyof ReceiverMeterOptions | keyof TracedFetchOptions

/** What each option has to be: a function, or something with this method. */
const shapes: Record<OptionName, { method?: string; write: string }> = {
  meterProvider: { method: 'getMeter', write: 'a MeterProvider of @opentelemetry/sdk-metrics' },
  tracerProvider: { method: 'getTracer', write: 'a TracerProvider of @opentelemetry/sdk-trace' },
  fetch: { write: 'a function, such as globalThis.fetch' },
  now: { write: 'a function, such as Date.now' },
}

function assertOptions<Options extends object>(
  of: string,
  options: Options,
  names: Record<keyof Options & OptionName, true>,
): void {
  const known = Object.keys(names)
  for (const [name, value] of Object.entries(options)) {
    const shape = known.includes(name) ? shapes[name as OptionName] : undefined
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

/** The instrumentation scope that all metrics and spans are of: this package. */
export const scope = { name: '@countersign/opentelemetry', version: '0.1.0' } as const
