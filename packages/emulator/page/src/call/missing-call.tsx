import type { JSX } from 'preact'
import { log } from '../store/run.ts'
import { callHeadingId, closeCall } from './focus.ts'

/** The URL names a call that isn't known: not yet, or not any more. */
export function MissingCall({ id }: { id: number }): JSX.Element {
  const isToCome = id > (log.value.newest?.id ?? 0)
  return (
    <section class="call-panel" aria-labelledby={callHeadingId}>
      <header class="call-head call-title">
        <h2 id={callHeadingId} tabIndex={-1}>
          Call {id}
        </h2>
        <button type="button" class="button" onClick={closeCall}>
          Close
        </button>
      </header>
      <p class="call-body">
        {isToCome
          ? 'This call has not come in yet. It shows up here when it does.'
          : 'This call is not known any more: only the last ones are kept.'}
      </p>
    </section>
  )
}
