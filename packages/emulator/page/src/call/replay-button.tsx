import type { JSX } from 'preact'
import { useAction } from '../parts/controls.tsx'
import { announce } from '../store/announcement.ts'
import { replay } from '../store/control.ts'
import { go } from '../store/location.ts'
import { canAct, recording } from '../store/run.ts'

/** Makes the call again, and opens what comes of it. */
export function ReplayButton({ call }: { call: number }): JSX.Element | null {
  const { busy, problem, run } = useAction()
  if (recording.value) return null
  const again = (): Promise<void> =>
    run(async () => {
      const { call: next, status } = await replay(call)
      announce(`Replayed; the answer was ${status}.`)
      go({ call: next })
    })
  return (
    <>
      <button
        type="button"
        class="button primary"
        disabled={busy.value || !canAct.value}
        onClick={again}
      >
        {busy.value ? 'Replaying…' : 'Replay'}
      </button>
      {problem.value && <span class="problem">{problem}</span>}
    </>
  )
}
