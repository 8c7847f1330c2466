import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/**
 * The time, in milliseconds, moving on while the component is shown.
 *
 * @param everyMs how often it moves
 */
export function useNow(everyMs = 1_000): Signal<number> {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now()
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs, now])
  return now
}
