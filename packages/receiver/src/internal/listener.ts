/**
 * Makes a listener that throws nothing: one that is broken must neither refuse a call nor let one
 * in.
 */
export function harmless<T>(listener: ((event: T) => void) | undefined): (event: T) => void {
  return (event) => {
    try {
      listener?.(event)
    } catch {
      // Where the listener's own errors go is the listener's business.
    }
  }
}
