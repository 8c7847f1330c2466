import type { FetchLike, ServiceFetch, ServiceFetchOptions } from '@countersign/caller'
import type { GoogleKeysOptions, KeySource, Receiver, ReceiverOptions } from '@countersign/receiver'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type CallerMeter,
  meterCaller,
  meterReceiver,
  type ReceiverMeter,
  tracedFetch,
} from '../src/index.ts'

/** As JavaScript may call it. */
function options(given: object): never {
  return given as never
}

describe('options', () => {
  test.each([
    ['meterProvider', () => meterReceiver(options({ meterProvider: {} })), 'meterReceiver'],
    ['meterProvider', () => meterCaller(options({ meterProvider: null })), 'meterCaller'],
    ['now', () => meterReceiver(options({ now: 1 })), 'meterReceiver'],
    ['fetch', () => tracedFetch(options({ fetch: 'fetch' })), 'tracedFetch'],
    ['tracerProvider', () => tracedFetch(options({ tracerProvider: {} })), 'tracedFetch'],
  ])('a wrong %s is a TypeError that says what to write', (name, start, of) => {
    expect(start).toThrow(TypeError)
    expect(start).toThrow(new RegExp(`^${of} ${name} must be .+, but is .+: write one`))
  })

  test('one that does not exist is a TypeError that names those that do', () => {
    const start = () => tracedFetch(options({ tracer: {} }))
    expect(start).toThrow(TypeError)
    expect(start).toThrow('tracedFetch options has no "tracer": write one of fetch, tracerProvider')
  })

  test('one that is undefined is left out', () => {
    expect(() => meterReceiver(options({ meterProvider: undefined }))).not.toThrow()
  })
})

describe('the types', () => {
  test('fit where they are handed to', () => {
    expectTypeOf<ReceiverMeter['onDecision']>().toExtend<ReceiverOptions['onDecision']>()
    expectTypeOf<ReceiverMeter['onKeyEvent']>().toExtend<GoogleKeysOptions['onEvent']>()
    expectTypeOf<Receiver | KeySource>().toExtend<Parameters<ReceiverMeter['observe']>[0]>()
    expectTypeOf<CallerMeter['onCall']>().toExtend<ServiceFetchOptions['onCall']>()
    expectTypeOf<ServiceFetch>().toExtend<Parameters<CallerMeter['observe']>[0]>()
    expectTypeOf<ReturnType<typeof tracedFetch>>().toEqualTypeOf<FetchLike>()
  })
})
