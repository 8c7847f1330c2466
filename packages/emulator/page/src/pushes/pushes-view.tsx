import type { JSX } from 'preact'
import { recording, state } from '../store/run.ts'
import { Attempts } from './attempts.tsx'
import { PushForm } from './push-form.tsx'

/** The policy's pushes: send a delivery, and follow its attempts. */
export function PushesView(): JSX.Element {
  const pushes = state.value?.pushes ?? []
  if (pushes.length === 0) {
    return (
      <div class="empty">
        <h2>The policy has no pushes</h2>
        <p>
          Name one under <code>pushes</code>, and Pub/Sub, Cloud Tasks, Cloud Scheduler or Eventarc
          deliveries to it can be sent from here.
        </p>
      </div>
    )
  }
  return (
    <div class="sheet">
      {!recording.value && <PushForm pushes={pushes} />}
      <Attempts />
    </div>
  )
}
