/** Waits between attempts, before jitter. Their number is how often an attempt is repeated. */
const pausesMs = [100, 300, 900]

/** When an attempt is worth another one. */
export interface Retries<T> {
  /** Ends the waiting too. */
  readonly signal: AbortSignal
  /** Whether an outcome may be better next time. */
  readonly mayDoBetter: (outcome: T) => boolean
  /** Whether what was thrown may not be thrown next time. @default never */
  readonly mayRecover?: (error: unknown) => boolean
}

/**
 * Repeats an attempt that may do better next time, a few times and with jitter.
 *
 * @param attempt what to try
 * @param retries when it is worth another attempt
 * @throws the signal's reason, and whatever the attempt throws
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { signal, mayDoBetter, mayRecover = () => false }: Retries<T>,
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      const outcome = await attempt()
      if (!mayDoBetter(outcome)) return outcome
    } catch (error) {
      if (!mayRecover(error)) throw error
    }
    await pause(pauseMs, signal)
  }
  return attempt()
}

/** Whether an answer says that a later attempt may do better. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const jitteredMs = ms * (0.5 + Math.random())
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, jitteredMs)
    signal.addEventListener('abort', leave, { once: true })
  })
}
