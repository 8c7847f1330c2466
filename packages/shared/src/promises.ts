import { errorText } from './redact.ts'

/** Whether a value has to be awaited: a promise, also of another realm or library. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function'
}

/** Each listener is reported once, however often it fails. */
const reported = new WeakSet<object>()

/**
 * Wraps a listener so that it throws nothing, now or later: a broken one must neither refuse a call, nor
 * let one in, nor end the process. The process warns once of it: a broken `log` would hide all entries.
 *
 * @param name the option that it was given in
 */
export function harmless<T>(
  listener: ((event: T) => unknown) | undefined,
  name: string,
): (event: T) => void {
  if (listener === undefined) return () => {}
  return (event) => {
    try {
      const answer = listener(event)
      if (isPromise(answer)) answer.then(undefined, (error) => report(listener, { name, error }))
    } catch (error) {
      report(listener, { name, error })
    }
  }
}

function report(listener: object, { name, error }: { name: string; error: unknown }): void {
  if (reported.has(listener)) return
  reported.add(listener)
  process.emitWarning(
    `${name} threw, which changes no call, and is reported this once: ${errorText(error)}`,
    { type: 'CountersignWarning', code: 'COUNTERSIGN_LISTENER_FAILED' },
  )
}
