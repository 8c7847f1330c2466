import type { CallHandled } from '@countersign/emulator'
import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { pushOf } from '../advice/push-audience.ts'
import { isProblem } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { beside, duration, timeOfDay } from '../model/words.ts'
import { CopyButton, Link, useAction } from '../parts/controls.tsx'
import { Caller, Status } from '../parts/texts.tsx'
import { announce } from '../store/announcement.ts'
import { replay } from '../store/control.ts'
import { go, route } from '../store/location.ts'
import { noFilter } from '../store/route.ts'
import { canAct, log, recording, running } from '../store/run.ts'
import { CallVerdict } from './call-verdict.tsx'
import { callCommand } from './command.ts'
import { callHeadingId, closeCall } from './open-call.ts'
import { RefusalPanel } from './refusal-panel.tsx'
import { Timeline } from './timeline.tsx'
import { titleOf } from './verdict.ts'

/** Panel of the open call: verdict, layers and trace; of a refusal, why and what to do. */
export function CallPanel(): JSX.Element {
  const call = useComputed(() => log.value.calls.find(({ id }) => id === route.value.call))
  function closeOnEscape(event: KeyboardEvent): void {
    if (event.key === 'Escape') closeCall()
  }
  const refusal = useComputed(() => log.value.refusals.find(({ id }) => id === route.value.call))
  if (refusal.value) return <RefusalPanel refusal={refusal.value} />
  if (!call.value) return <MissingCall id={route.value.call ?? 0} />
  return (
    <section class="call-panel" aria-labelledby="call-heading" onKeyDown={closeOnEscape}>
      <CallHead call={call.value} />
      <div class="call-body" key={call.value.id}>
        <CallVerdict call={call.value} />
        <Timeline call={call.value} />
        <TraceSection call={call.value} />
      </div>
    </section>
  )
}

/** Parties, request and time of the call, and the buttons for it. */
function CallHead({ call }: { call: CallHandled }): JSX.Element {
  const { caller, receiver, method, target, status, at, durationMs, drill, replayOf } = call
  // The emulator made the token of a push itself, so its account is not only claimed.
  const isPush = pushOf(call, running.value, log.value.pushes) !== undefined
  return (
    <header class="call-head">
      <div class="call-title">
        <h2 id={callHeadingId} tabIndex={-1}>
          <Caller name={callerName(isPush && caller ? { ...caller, verified: true } : caller)} />{' '}
          <span class="arrow">→</span> {receiver}
        </h2>
        <button type="button" class="button" onClick={closeCall}>
          Close
        </button>
      </div>
      <p class="request-line">
        <Status status={status} isBad={isProblem(call) || status >= 400} />{' '}
        <span class="method">{method}</span> <span>{target}</span>
      </p>
      <p class="meta">
        {timeOfDay(at)}, took {duration(durationMs)}
        {drill !== undefined && `, affected by drill ${drill}`}
        {replayOf !== undefined && (
          <>
            , replay of <Link to={{ call: replayOf }}>call {replayOf}</Link>
          </>
        )}
      </p>
      <div class="actions">
        <ReplayButton key={call.id} call={call.id} />
        <CopyCommand call={call} />
      </div>
    </header>
  )
}

/** Replays the call, and opens the new one. */
function ReplayButton({ call }: { call: number }): JSX.Element | null {
  const { busy, problem, run } = useAction()
  if (recording.value) return null
  function replayCall(): Promise<void> {
    return run(async () => {
      const { call: next, status } = await replay(call)
      announce(`Replayed: the answer was ${status}.`)
      go({ call: next })
    })
  }
  return (
    <>
      <button
        type="button"
        class="button primary"
        disabled={busy.value || !canAct.value}
        onClick={replayCall}
      >
        {busy.value ? 'Replaying…' : 'Replay'}
      </button>
      {problem.value && <span class="problem">{problem}</span>}
    </>
  )
}

/**
 * Copies the command that repeats the call and lists the differences, or explains why there is
 * none.
 */
function CopyCommand({ call }: { call: CallHandled }): JSX.Element {
  const push = pushOf(call, running.value, log.value.pushes)
  const result = callCommand(call, running.value, { pageHost: location.hostname, push })
  if ('reason' in result) {
    return <p class="hint">No command can repeat this call: {result.reason}.</p>
  }
  const { command, notes } = result
  return (
    <>
      <CopyButton text={command}>Copy as command</CopyButton>
      {notes.length > 0 && (
        <p class="hint">The command differs from this call: {notes.join('; ')}.</p>
      )}
    </>
  )
}

const maxShown = 20

/** Trace of the call, with the other calls in it, including retries. */
function TraceSection({ call }: { call: CallHandled }): JSX.Element | null {
  const { trace } = call
  if (trace === undefined) return null
  const others = log.value.calls.filter((other) => other.trace === trace && other.id !== call.id)
  return (
    <section aria-labelledby="trace-heading">
      <h3 id="trace-heading">Trace</h3>
      <p class="trace">
        <code>{trace}</code> <CopyButton text={trace}>Copy</CopyButton>
      </p>
      {others.length > 0 && (
        <>
          <ul class="trace-calls">
            {others.slice(0, maxShown).map((other) => (
              <li key={other.id}>
                <Status status={other.status} />{' '}
                <Link to={{ call: other.id }}>{titleOf(other)}</Link>{' '}
                <span class="method">{other.method}</span> {other.target}{' '}
                <span class="when">{beside(other.at, call.at)}</span>
              </li>
            ))}
          </ul>
          <p>
            <Link to={{ filter: { ...noFilter, trace } }}>Show only the calls of this trace</Link>
          </p>
        </>
      )}
    </section>
  )
}

/** Panel for a call in the URL that has not arrived yet, or is no longer kept. */
function MissingCall({ id }: { id: number }): JSX.Element {
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
          ? 'This call has not arrived yet. It will appear here.'
          : 'This call is no longer available: only the most recent calls are kept.'}
      </p>
    </section>
  )
}
