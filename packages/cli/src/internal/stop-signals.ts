/** Requests to stop, as Ctrl-C, a supervisor or a closed terminal make them. */
export interface StopSignals extends Disposable {
  /** Resolves at the first one. */
  readonly stop: Promise<void>
  /** Resolves at the second one: somebody is tired of waiting. */
  readonly stopNow: Promise<void>
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Listens for requests to stop, instead of ending at once, until disposed. A closed terminal is one
 * request, however often it is told: by the system, and by each line that can't be written.
 */
export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  let count = 0
  let isHungUp = false
  const listener = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' && isHungUp) return
    isHungUp ||= signal === 'SIGHUP'
    count += 1
    const request = count === 1 ? first : second
    request.resolve()
  }
  for (const signal of signals) process.on(signal, listener)
  return {
    stop: first.promise,
    stopNow: second.promise,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener)
    },
  }
}
