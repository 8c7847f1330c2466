import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { outcomeOf, stopperName } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { duration, timeOfDay } from '../model/words.ts'
import { Caller, Status } from '../parts/texts.tsx'

interface CallRowProps {
  readonly call: CallHandled
  readonly rowIndex: number
  readonly isActive: boolean
  readonly isOpen: boolean
  readonly open: () => void
}

/** The id of a call's row in the document. */
export function rowId(call: number): string {
  return `call-${call}`
}

/** One call in one line. */
export function CallRow({ call, rowIndex, isActive, isOpen, open }: CallRowProps): JSX.Element {
  const { id, at, method, target, status, code = '', durationMs } = call
  const outcome = outcomeOf(call)
  const [clock, fraction] = timeOfDay(at).split('.')
  return (
    <tr
      role="row"
      id={rowId(id)}
      class={`call ${outcome} ${isActive ? 'active' : ''}`}
      aria-rowindex={rowIndex}
      aria-selected={isOpen}
      onClick={open}
    >
      <td role="gridcell" class="time">
        {clock}
        <span class="fraction">.{fraction}</span>
      </td>
      <td role="gridcell" class="who" title={call.caller?.account}>
        <Parties call={call} />
      </td>
      <td role="gridcell" class="request" title={`${method} ${target}`}>
        <span class="method">{method}</span> {target}
      </td>
      <td role="gridcell" class="status-cell">
        <Status status={status} isBad={outcome !== 'ok' || status >= 400} />
      </td>
      <td role="gridcell" class="stopper">
        {stopperName(call)}
      </td>
      <td role="gridcell" class="code">
        {code}
      </td>
      <td role="gridcell" class="took">
        {duration(durationMs)}
      </td>
    </tr>
  )
}

function Parties({ call }: { call: CallHandled }): JSX.Element {
  return (
    <span class="parties">
      <Caller name={callerName(call.caller)} short /> <span class="arrow">→</span>{' '}
      <span class="receiver">{call.receiver}</span>{' '}
      {!call.declared && <span class="tag">undeclared</span>}
    </span>
  )
}
