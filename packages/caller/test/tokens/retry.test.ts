import { expect, test, vi } from 'vitest'
import { isTransient, withRetries } from '../../src/tokens/source.ts'

const { signal } = new AbortController()

test('an attempt that may do better is repeated three times, ever later', async () => {
  const times: number[] = []
  const attempt = async () => times.push(performance.now())
  expect(await withRetries(attempt, { signal, mayDoBetter: () => true })).toBe(4)
  const [first, second, third] = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  // Half to one and a half of 100, 300 and 900 ms; timers may fire a millisecond early.
  expect(first).toBeGreaterThan(48)
  expect(second).toBeGreaterThan(148)
  expect(third).toBeGreaterThan(448)
})

test('a good outcome ends it', async () => {
  const attempt = vi.fn(async () => 200)
  expect(await withRetries(attempt, { signal, mayDoBetter: isTransient })).toBe(200)
  expect(attempt).toHaveBeenCalledTimes(1)
})

test('what is thrown is thrown on at once, unless it may not be thrown again', async () => {
  let attempts = 0
  const attempt = async () => {
    if (attempts++ < 2) throw new Error('not yet')
    return 200
  }
  const mayDoBetter = isTransient
  await expect(withRetries(attempt, { signal, mayDoBetter })).rejects.toThrow('not yet')
  const mayRecover = (error: unknown) => (error as Error).message === 'not yet'
  expect(await withRetries(attempt, { signal, mayDoBetter, mayRecover })).toBe(200)
  expect(attempts).toBe(3)
})

test('the signal ends the waiting', async () => {
  const controller = new AbortController()
  const attempt = vi.fn(async () => 503)
  const retries = withRetries(attempt, {
    signal: controller.signal,
    mayDoBetter: isTransient,
  })
  await vi.waitFor(() => expect(attempt).toHaveBeenCalled())
  controller.abort(new Error('enough'))
  await expect(retries).rejects.toThrow('enough')
  expect(attempt).toHaveBeenCalledTimes(1)
})

test.for([
  [429, true],
  [500, true],
  [503, true],
  [404, false],
  [200, false],
] as const)('whether %i may do better next time: %s', ([status, expected]) => {
  expect(isTransient(status)).toBe(expected)
})
