/** Waits between attempts, before jitter. Their number is how often an attempt is repeated. */
const pausesMs = [100, 300, 900]

/**
 * Repeats an attempt that may do better next time, a few times and with jitter.
 *
 * @param attempt what to try
 * @param signal ends the waiting too
 * @param mayDoBetter whether an outcome is worth another attempt
 * @throws the signal's reason, and whatever the attempt throws
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
  mayDoBetter: (outcome: T) => boolean,
): Promise<T> {
  let outcome = await attempt()
  for (const pauseMs of pausesMs) {
    if (!mayDoBetter(outcome)) break
    await pause(pauseMs, signal)
    outcome = await attempt()
  }
  return outcome
}

/** Whether an answer says that a later attempt may do better. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const jitteredMs = ms * (0.5 + Math.random())
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, jitteredMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
