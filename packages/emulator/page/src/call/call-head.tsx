import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { isProblem } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { duration, timeOfDay } from '../model/words.ts'
import { Go } from '../parts/controls.tsx'
import { Caller, Status } from '../parts/texts.tsx'
import { CopyCommand } from './copy-command.tsx'
import { callHeadingId, closeCall } from './focus.ts'
import { ReplayButton } from './replay-button.tsx'

/** What call it is, and what can be done with it. */
export function CallHead({ call }: { call: CallHandled }): JSX.Element {
  const { caller, receiver, method, target, status, at, durationMs, drill, replayOf } = call
  return (
    <header class="call-head">
      <div class="call-title">
        <h2 id={callHeadingId} tabIndex={-1}>
          <Caller name={callerName(caller)} /> <span class="arrow">→</span> {receiver}
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
        {drill !== undefined && `, met drill ${drill}`}
        {replayOf !== undefined && (
          <>
            , replay of <Go to={{ call: replayOf }}>call {replayOf}</Go>
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
