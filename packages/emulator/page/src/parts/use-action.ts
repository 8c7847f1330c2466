import { type Signal, useSignal } from '@preact/signals'
import { announce } from '../store/announcement.ts'

/** Something the user asked the emulator for. */
export interface Action {
  readonly busy: Signal<boolean>
  /** What went wrong with it, in words. */
  readonly problem: Signal<string>
  run(work: () => Promise<void>): Promise<void>
}

/** Runs what buttons set off, one at a time, and keeps what went wrong. */
export function useAction(): Action {
  const busy = useSignal(false)
  const problem = useSignal('')
  return {
    busy,
    problem,
    async run(work) {
      if (busy.value) return
      busy.value = true
      problem.value = ''
      try {
        await work()
      } catch (error) {
        problem.value = error instanceof Error ? error.message : String(error)
        announce(problem.value)
      } finally {
        busy.value = false
      }
    },
  }
}
