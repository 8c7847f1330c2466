import type { PushAttempted } from '@countersign/emulator'
import type { JSX } from 'preact'
import { duration, timeOfDay } from '../model/words.ts'
import { Status } from '../parts/status.tsx'
import { log } from '../store/run.ts'
import { kindNames } from './kind-names.ts'

const mostShown = 200

const outcomes = {
  acknowledged: 'acknowledged',
  'will-retry': 'will be tried again',
  'given-up': 'given up',
}

/** What was delivered, the newest attempt first. */
export function Attempts(): JSX.Element {
  const { pushes } = log.value
  if (pushes.length === 0) {
    return <p class="hint">Nothing was delivered yet. Each attempt shows up here.</p>
  }
  return (
    <section class="scroll-x" aria-label="Attempts" tabIndex={0}>
      <table class="plain">
        <caption>
          Attempts, newest first
          {pushes.length > mostShown && `: the last ${mostShown} of ${pushes.length}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Push</th>
            <th scope="col">To</th>
            <th scope="col">Attempt</th>
            <th scope="col">Answer</th>
            <th scope="col">Outcome</th>
            <th scope="col">Next attempt</th>
          </tr>
        </thead>
        <tbody>
          {pushes
            .slice(-mostShown)
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
  const { at, push, kind, to, status, retryInMs, outcome } = attempt
  return (
    <tr>
      <td class="time">{timeOfDay(at)}</td>
      <td>
        {push} <span class="means">{kindNames[kind]}</span>
      </td>
      <td>{to}</td>
      <td>{attempt.attempt}</td>
      <td>{status > 0 ? <Status status={status} /> : 'no answer'}</td>
      <td class={`outcome ${outcome}`}>{outcomes[outcome]}</td>
      <td>{retryInMs === undefined ? '' : `${duration(retryInMs)} later`}</td>
    </tr>
  )
}
