import { isPromise } from './is-promise.ts'

/**
 * Makes a listener that throws nothing, now or later: one that is broken must neither refuse a call,
 * nor let one in, nor end the process.
 */
export function harmless<T>(listener: ((event: T) => unknown) | undefined): (event: T) => void {
  return (event) => {
    try {
      const told = listener?.(event)
      if (isPromise(told)) Promise.resolve(told).catch(() => {})
    } catch {
      // Where the listener's own errors go is the listener's business.
    }
  }
}
