import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { startFlight, waitFor } from '../../src/tokens/flight.ts'
import { createClock } from '../_tokens.ts'

const never = new Promise<never>(() => {})

test('many may wait with one signal, which gets no listener', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { signal } = new AbortController()
  const waiting = Array.from({ length: 50 }, () => waitFor(promise, signal))
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  resolve('token')
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['token']))
})

describe('a flight', () => {
  test('lands with what its work gave', async () => {
    const flight = startFlight(async () => 7, { timeoutMs: 1000, now: createClock(100) })
    expect(flight.deadlineMs).toBe(1100)
    await expect(flight.promise).resolves.toBe(7)
  })

  test('is given up after its own time-out, and its work is told', async () => {
    let told: AbortSignal | undefined
    const work = (signal: AbortSignal): Promise<never> => {
      told = signal
      return never
    }
    const flight = startFlight(work, { timeoutMs: 20, now: Date.now })
    await expect(flight.promise).rejects.toMatchObject({ code: 'identity_timeout' })
    expect(told?.aborted).toBe(true)
  })

  test('can be given up at once', async () => {
    const flight = startFlight(() => never, { timeoutMs: 60_000, now: Date.now })
    flight.giveUp()
    await expect(flight.promise).rejects.toMatchObject({ code: 'identity_timeout' })
  })
})

describe('waiting', () => {
  test('ends with the signal, which ends nothing else', async () => {
    const controller = new AbortController()
    let land = (_value: number): void => {}
    const promise = new Promise<number>((resolve) => {
      land = resolve
    })
    const impatient = waitFor(promise, controller.signal)
    const patient = waitFor(promise, new AbortController().signal)
    controller.abort(new Error('no longer'))
    await expect(impatient).rejects.toThrow('no longer')
    land(7)
    await expect(patient).resolves.toBe(7)
    await expect(waitFor(promise, undefined)).resolves.toBe(7)
  })

  test('leaves nothing on a signal that lives on', async () => {
    const { signal } = new AbortController()
    await waitFor(Promise.resolve(7), signal)
    await expect(waitFor(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('does not begin where the signal has ended it', async () => {
    await expect(waitFor(never, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'too late',
    )
  })
})
