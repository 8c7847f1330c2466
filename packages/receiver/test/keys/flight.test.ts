import { expect, test } from 'vitest'
import { createFlight } from '../../src/keys/flight.ts'

/** Attempts that a test ends, by a clock that it moves. */
function fixture() {
  const clock = { time: 0 }
  const attempts: (PromiseWithResolvers<void> & { signal: AbortSignal })[] = []
  const flight = createFlight(
    (signal) => {
      const attempt = { ...Promise.withResolvers<void>(), signal }
      attempts.push(attempt)
      return attempt.promise
    },
    { timeoutMs: 1000, now: () => clock.time },
  )
  return { clock, attempts, flight }
}

test('all who come while an attempt is under way wait for that one', async () => {
  const { attempts, flight } = fixture()
  const both = Promise.all([flight.join(), flight.join()])
  expect(attempts).toHaveLength(1)
  expect(flight.isUnderway()).toBe(true)
  attempts[0]?.resolve()
  await both
  expect(flight.isUnderway()).toBe(false)
})

test('an attempt past its deadline is given up by the next, and its end changes nothing then', async () => {
  const { attempts, clock, flight } = fixture()
  const frozen = flight.join()
  clock.time += 1000
  expect(flight.isUnderway()).toBe(false)
  const anew = flight.join()
  expect(attempts).toHaveLength(2)
  expect(attempts[0]?.signal.reason).toEqual(new Error('given up after its deadline'))
  attempts[0]?.reject(new Error('thawed'))
  await expect(frozen).rejects.toThrow('thawed')
  expect(flight.isUnderway()).toBe(true)
  attempts[1]?.resolve()
  await anew
  expect(flight.isUnderway()).toBe(false)
})

test('a clock that is set back gives an attempt up, rather than wait for it for hours', () => {
  const { attempts, clock, flight } = fixture()
  void flight.join()
  clock.time -= 3_600_000
  void flight.join()
  expect(attempts).toHaveLength(2)
})
