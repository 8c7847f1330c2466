/**
 * Makes a listener that throws nothing, now or later: one that is broken must neither refuse a call,
 * nor let one in, nor end the process.
 */
export function harmless<T>(listener: ((event: T) => unknown) | undefined): (event: T) => void {
  return (event) => {
    try {
      const told = listener?.(event)
      if (told instanceof Promise) told.catch(() => {})
    } catch {
      // Where the listener's own errors go is the listener's business.
    }
  }
}
