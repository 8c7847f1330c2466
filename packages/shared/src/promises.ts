/** Whether a value has to be awaited: a promise, also of another realm or library. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function'
}

/**
 * Makes a listener that throws nothing, now or later: a broken one must neither refuse a call, nor
 * let one in, nor end the process.
 */
export function harmless<T>(listener: ((event: T) => unknown) | undefined): (event: T) => void {
  return (event) => {
    try {
      const answer = listener?.(event)
      if (isPromise(answer)) answer.then(undefined, () => {})
    } catch {
      // The listener's own errors are the listener's business.
    }
  }
}
