/** What comes from another realm or library is known by its shape. */
import { createContext, runInContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isError, isTypeError } from '../src/errors.ts'
import { harmless, isPromise } from '../src/promises.ts'
import { errorText } from '../src/redact.ts'

const other = createContext({})

test('a promise', () => {
  expect(isPromise(runInContext('Promise.resolve(1)', other))).toBe(true)
  expect(isPromise(Promise.resolve(1))).toBe(true)
  const thenable = Object.fromEntries([['then', () => {}]])
  expect(isPromise(thenable)).toBe(true)
})

test.each([undefined, null, 1, 'then', {}])('%j is not a promise', (value) => {
  expect(isPromise(value)).toBe(false)
})

test('an error, and its cause', () => {
  const error = runInContext('new Error("no network", { cause: new TypeError("refused") })', other)
  expect(isError(error)).toBe(true)
  expect(errorText(error)).toBe('no network: refused')
  expect(errorText(new Error('x'))).toBe('x')
})

test('a TypeError', () => {
  expect(isTypeError(runInContext('new TypeError("x")', other))).toBe(true)
  expect([isTypeError(new Error('x')), isTypeError('x')]).toEqual([false, false])
})

test.each([undefined, null, 'text', 7, {}])('%j is not an error, and is said as it is', (value) => {
  expect(isError(value)).toBe(false)
  expect(errorText(value)).toBe(String(value))
})

test('a listener that throws, now or later, harms nobody, and is a warning once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const atOnce = () => {
    throw new Error('now, with ya29.secret')
  }
  const later = async () => {
    throw new Error('later')
  }
  for (let call = 0; call < 3; call += 1) {
    harmless(atOnce, 'log')(1)
    harmless(later, 'onCall')(1)
    harmless(undefined, 'onDecision')(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const code = 'COUNTERSIGN_LISTENER_FAILED'
  expect(warn.mock.calls).toEqual([
    [
      'log threw, which changes no call, and is reported this once: now, with [redacted]',
      { type: 'CountersignWarning', code },
    ],
    [
      'onCall threw, which changes no call, and is reported this once: later',
      { type: 'CountersignWarning', code },
    ],
  ])
  const heard: number[] = []
  harmless<number>((event) => heard.push(event), 'log')(1)
  expect(heard).toEqual([1])
})
