import type { FetchLike } from '@countersign/caller'
import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api'
import type { MeterOptions, ReceiverMeterOptions, TracedFetchOptions } from './options.ts'

/**
 * Reads the options of `meterReceiver`.
 *
 * @throws {TypeError} if one of them is wrong
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
 * @throws {TypeError} if one of them is wrong
 */
export function readCallerMeterOptions(options: MeterOptions): { meter: Meter } {
  assertOptions<MeterOptions>('meterCaller', options, { meterProvider: true })
  return { meter: meterOf(options) }
}

function meterOf({ meterProvider = metrics.getMeterProvider() }: MeterOptions): Meter {
  return meterProvider.getMeter(scope.name, scope.version)
}

/** The options of `tracedFetch`, with their defaults. */
export interface TracedFetchSettings {
  tracer: Tracer
  fetch: FetchLike
}

/**
 * Reads the options of `tracedFetch`.
 *
 * @throws {TypeError} if one of them is wrong
 */
export function readTracedFetchOptions(options: TracedFetchOptions): TracedFetchSettings {
  assertOptions<TracedFetchOptions>('tracedFetch', options, { fetch: true, tracerProvider: true })
  const { fetch = globalFetch, tracerProvider = trace.getTracerProvider() } = options
  return { fetch, tracer: tracerProvider.getTracer(scope.name, scope.version) }
}

type OptionName = keyof ReceiverMeterOptions | keyof TracedFetchOptions

/** The type of each option: a function, or an object with this method. */
const shapes: Record<OptionName, { method?: string; is: string; write: string }> = {
  meterProvider: {
    method: 'getMeter',
    is: 'a MeterProvider',
    write: 'one of @opentelemetry/sdk-metrics',
  },
  tracerProvider: {
    method: 'getTracer',
    is: 'a TracerProvider',
    write: 'one of @opentelemetry/sdk-trace',
  },
  fetch: { is: 'a function', write: 'one such as globalThis.fetch' },
  now: { is: 'a function', write: 'one such as Date.now' },
}

function assertOptions<Options extends object>(
  of: string,
  options: Options,
  names: Record<keyof Options & OptionName, true>,
): void {
  const known = Object.keys(names)
  for (const [name, value] of Object.entries(options)) {
    const shape = known.includes(name) ? shapes[name as OptionName] : undefined
    if (!shape)
      throw new TypeError(`${of} options has no "${name}": write one of ${known.join(', ')}`)
    if (value === undefined || fits(value, shape.method)) continue
    throw new TypeError(
      `${of} ${name} must be ${shape.is}, but is ${kindOf(value)}: write ${shape.write}`,
    )
  }
}

/** A provider is too long to be shown. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`
}

function fits(value: unknown, method: string | undefined): boolean {
  const part = method === undefined ? value : (value as Record<string, unknown> | null)?.[method]
  return typeof part === 'function'
}

/** Looked up at each call, so that a later patch of `globalThis.fetch` has an effect. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}

/** The instrumentation scope of all metrics and spans: this package. */
export const scope = { name: '@countersign/opentelemetry', version: '0.1.0' } as const
