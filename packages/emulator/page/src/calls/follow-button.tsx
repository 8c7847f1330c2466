import type { JSX } from 'preact'
import { isPaused, pause, resume, waitingCalls } from '../store/following.ts'
import { recording } from '../store/run.ts'

/** Stops the list from moving, and lets it go on. */
export function FollowButton(): JSX.Element | null {
  if (recording.value) return null
  if (!isPaused.value) {
    return (
      <button type="button" class="button" onClick={pause}>
        Pause
      </button>
    )
  }
  const waiting = waitingCalls.value
  return (
    <button type="button" class="button primary" onClick={resume}>
      {waiting > 0 ? `Resume (${waiting.toLocaleString('en')} new)` : 'Resume'}
    </button>
  )
}
