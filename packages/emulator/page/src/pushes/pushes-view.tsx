import type { PushAttempted } from '@countersign/emulator'
import type { JSX } from 'preact'
import { duration, timeOfDay } from '../model/words.ts'
import { Link } from '../parts/controls.tsx'
import { Status } from '../parts/texts.tsx'
import { log, recording, state } from '../store/run.ts'
import { PushForm } from './push-form.tsx'
import { kindNames } from './push-kinds.ts'

/** View of the policy's pushes: sends deliveries and lists their attempts. */
export function PushesView(): JSX.Element {
  const pushes = state.value?.pushes ?? []
  if (pushes.length === 0) {
    return (
      <div class="empty">
        <h2>The policy has no pushes</h2>
        <p>
          Add one under <code>pushes</code> in the policy to send Pub/Sub, Cloud Tasks, Cloud
          Scheduler or Eventarc deliveries from here.
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

const maxShown = 200

const outcomes = {
  acknowledged: 'acknowledged',
  'will-retry': 'will be retried',
  'given-up': 'given up',
}

const columns = ['Time', 'Push', 'To', 'Attempt', 'Answer', 'Outcome']

/**
 * Table of delivery attempts, newest first. It has explicit roles: on a narrow page it is laid out
 * as blocks, and browsers then do not expose it as a table.
 */
function Attempts(): JSX.Element {
  const { pushes } = log.value
  if (pushes.length === 0) {
    return <p class="hint">No deliveries yet. Each attempt appears here.</p>
  }
  return (
    <section class="scroll-x" aria-label="Attempts" tabIndex={0}>
      <table class="attempts" role="table">
        <caption>
          Attempts, newest first
          {pushes.length > maxShown && `: the last ${maxShown} of ${pushes.length}`}
        </caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column} role="columnheader" scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {pushes
            .slice(-maxShown)
            .reverse()
            .map((attempt) => (
              <Attempt key={attempt.id} attempt={attempt} />
            ))}
        </tbody>
      </table>
    </section>
  )
}

function Attempt({ attempt }: { attempt: PushAttempted }): JSX.Element {
  const { at, push, kind, to, status, retryInMs, outcome, call } = attempt
  return (
    <tr role="row">
      <td role="cell" class="time">
        {timeOfDay(at)}
      </td>
      <td role="cell" class="push">
        {push} <span class="means">{kindNames[kind]}</span>
      </td>
      <td role="cell" class="to">
        {to}
      </td>
      <td role="cell" class="attempt">
        {attempt.attempt}
      </td>
      <td role="cell" class="answer">
        {status > 0 ? <Status status={status} /> : 'no answer'}{' '}
        {call !== undefined && <Link to={{ view: 'calls', call }}>Call</Link>}
      </td>
      <td role="cell" class={`outcome ${outcome}`}>
        {outcomes[outcome]}
        {retryInMs !== undefined && <span class="means"> {duration(retryInMs)} later</span>}
      </td>
    </tr>
  )
}
