/** Browser-like environments have other classes for aborting than the `fetch` that is called in them. */

import { abortAfter, abortWithAny, createAbort } from '@countersign/shared/realm/signals'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'

/** Like those of an older jsdom: not Node's, and without `any` and `timeout`. */
class ForeignSignal extends EventTarget {
  aborted = false
  reason: unknown
}

class ForeignController {
  signal = new ForeignSignal()

  abort(reason: unknown): void {
    Object.assign(this.signal, { aborted: true, reason }).dispatchEvent(new Event('abort'))
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

/** The reason of a signal, once it is aborted. */
function reasonOf(signal: AbortSignal): Promise<Error> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason))
  })
}

function useForeign(): void {
  vi.stubGlobal('AbortController', ForeignController)
  vi.stubGlobal('AbortSignal', ForeignSignal)
}

describe.each([
  ['Node', () => {}],
  ["jsdom with Node's fetch", useForeign],
])('in %s', (_title, prepare) => {
  test("all signals are ones that Node's fetch accepts", async () => {
    prepare()
    const abort = createAbort()
    const all = [abort.signal, abortAfter(60_000), abortWithAny([abort.signal, abortAfter(60_000)])]
    for (const signal of all) expect(new Request('http://a', { signal }).signal.aborted).toBe(false)
    abort.abort(new Error('enough'))
    expect(all.map(({ aborted }) => aborted)).toEqual([true, false, true])
    expect(all[2]?.reason).toEqual(new Error('enough'))
  })

  test('a time is over with a TimeoutError, whether or not a test replaces timers', async () => {
    prepare()
    vi.useFakeTimers()
    const reason = reasonOf(abortWithAny([createAbort().signal, abortAfter(1)]))
    expect((await reason).name).toBe('TimeoutError')
    vi.useRealTimers()
  })
})

test("in jsdom with a fetch that is not Node's, signals are of the class that it knows", () => {
  useForeign()
  vi.stubGlobal('Request', undefined)
  const signals = [createAbort().signal, abortAfter(60_000)]
  for (const signal of [...signals, abortWithAny(signals)]) {
    expect(signal).toBeInstanceOf(ForeignSignal)
  }
})

test('a signal of another class is followed, before and after it is aborted', () => {
  const foreign = new ForeignController()
  const before = abortWithAny([
    new AbortController().signal,
    foreign.signal as unknown as AbortSignal,
  ])
  expect(before.aborted).toBe(false)
  foreign.abort(new Error('enough'))
  const after = abortWithAny([foreign.signal as unknown as AbortSignal])
  expect([before.reason, after.reason]).toEqual([new Error('enough'), new Error('enough')])
})

test('a signal without a reason, as that of a polyfill, has one here', () => {
  const polyfill = { aborted: true } as AbortSignal
  expect(abortWithAny([polyfill]).reason).toMatchObject({ name: 'AbortError' })
})

test('in Bun, which has only its own classes, those count', async () => {
  const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({})
  onTestFinished(() => builtin.mockRestore())
  vi.resetModules()
  const fresh = await import('@countersign/shared/realm/signals')
  expect(fresh.createAbort().signal).toBeInstanceOf(AbortSignal)
})
