/** What comes from another realm or library is known by its shape. */
import { createContext, runInContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isError, isTypeError } from '../src/errors.ts'
import { harmless, isPromise } from '../src/promises.ts'
import { errorText, redactedCause } from '../src/redact.ts'

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

const hostile = Object.defineProperty(new Error('x'), 'message', {
  get() {
    throw new Error('a getter that throws')
  },
})

test.each<[string, unknown, string | undefined]>([
  ['a text', 'boo', 'boo'],
  ['a number', 7, '7'],
  ['a symbol', Symbol('boo'), 'Symbol(boo)'],
  ['an object with a message', { code: 5, message: 'boo' }, 'boo'],
  ['nothing', undefined, undefined],
  ['null', null, undefined],
  ['an object', {}, undefined],
  ['an object that has no text', Object.create(null), undefined],
  ['an object whose message is not a text', { message: 7 }, undefined],
  ['a function', () => 'boo', undefined],
  ['an error that throws', hostile, undefined],
])('%s is thrown in place of an error', (_title, value, message) => {
  expect(isError(value)).toBe(false)
  expect(errorText(value)).toBe(message ?? 'something that is not an error')
  const cause = redactedCause(value)
  expect(typeof cause === 'object' ? (cause as Error).message : cause).toBe(message)
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
