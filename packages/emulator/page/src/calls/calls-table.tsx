import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { focusCallWithoutTable, openCall } from '../call/open-call.ts'
import {
  callerOf,
  type ListedCall,
  listedStopper,
  receiverOf,
  targetOf,
} from '../model/listed-call.ts'
import { type Outcome, outcomeOf } from '../model/outcome.ts'
import { duration, timeOfDay } from '../model/words.ts'
import { Caller, Status } from '../parts/texts.tsx'
import { doneReading, isPaused, pauseToRead } from '../store/following.ts'
import { route } from '../store/location.ts'
import { useRowKeys } from './use-row-keys.ts'
import { useViewport, windowOf } from './use-viewport.ts'

const columns = [
  { name: 'Time', class: 'time' },
  { name: 'Caller → receiver', class: 'who' },
  { name: 'Request', class: 'request' },
  { name: 'Status', class: 'status-cell' },
  { name: 'Stopped by', class: 'stopper' },
  { name: 'Code', class: 'code' },
  { name: 'Took', class: 'took' },
]

/**
 * Table of calls, newest first. Only the visible rows and some around them are in the document. The
 * table is one stop for the Tab key; the arrow keys move within it. It has explicit roles: on a
 * narrow page it is laid out as blocks, and browsers then do not expose it as a table.
 *
 * @param calls the oldest first, at least one
 */
export function CallsTable({ calls }: { calls: readonly ListedCall[] }): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const viewport = useViewport(scroller)
  const keys = useRowKeys(calls, scroller)
  useSignalEffect(() => {
    if (!isPaused.value) scroller.current?.scrollTo({ top: 0 })
  })
  const { rowHeight, scrollTop, height } = viewport.value
  const { first, end } = windowOf({ rows: calls.length, rowHeight, scrollTop, height })
  const rows = calls.slice(calls.length - end, calls.length - first).reverse()
  function noteScroll(): void {
    if ((scroller.current?.scrollTop ?? 0) > rowHeight) pauseToRead()
    else doneReading()
  }
  return (
    <div class="calls-scroller" ref={scroller} onScroll={noteScroll}>
      <table
        id="calls"
        role="grid"
        aria-label="Calls, newest first"
        aria-rowcount={calls.length + 1}
        aria-activedescendant={isDrawn(rows, keys.active) ? rowId(keys.active) : undefined}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {columns.map(({ name, class: className }) => (
              <th key={name} role="columnheader" scope="col" class={className}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <Gap height={first * rowHeight} />
        <tbody role="rowgroup">
          {rows.map((call, index) => (
            <CallRow
              key={call.id}
              call={call}
              rowIndex={first + index + 2}
              isActive={call.id === keys.active}
              isOpen={call.id === route.value.call}
              open={() => {
                keys.activate(call.id)
                openCall(call.id)
                focusCallWithoutTable()
              }}
            />
          ))}
        </tbody>
        <Gap height={(calls.length - end) * rowHeight} />
      </table>
    </div>
  )
}

function isDrawn(rows: readonly ListedCall[], active: number | undefined): active is number {
  return rows.some(({ id }) => id === active)
}

/** Id of a call's row in the document. */
function rowId(call: number): string {
  return `call-${call}`
}

/** Takes the space of rows that are not in the document. */
function Gap({ height }: { height: number }): JSX.Element | null {
  if (height <= 0) return null
  return (
    <tbody aria-hidden="true">
      <tr style={{ height: `${height}px` }}>
        <td class="gap" />
      </tr>
    </tbody>
  )
}

interface CallRowProps {
  call: ListedCall
  rowIndex: number
  isActive: boolean
  isOpen: boolean
  open: () => void
}

/** Row of one call. */
function CallRow({ call, rowIndex, isActive, isOpen, open }: CallRowProps): JSX.Element {
  const { id, at, method, code = '' } = call
  const [target, outcome] = [targetOf(call), listedOutcome(call)]
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
      <td role="gridcell" class="who" title={accountOf(call)}>
        <Parties call={call} />
      </td>
      <td role="gridcell" class="request" title={`${method} ${target}`}>
        <span class="method">{method}</span> {target}
      </td>
      <td role="gridcell" class="status-cell">
        <Answer call={call} />
      </td>
      <td role="gridcell" class="stopper">
        {listedStopper(call)}
      </td>
      <td role="gridcell" class="code">
        {code}
      </td>
      <td role="gridcell" class="took">
        {call.type === 'call' && duration(call.durationMs)}
      </td>
    </tr>
  )
}

function listedOutcome(call: ListedCall): Outcome {
  return call.type === 'refusal' ? 'refused' : outcomeOf(call)
}

function accountOf(call: ListedCall): string | undefined {
  return call.type === 'refusal' ? undefined : call.caller?.account
}

/** The status of the answer, if the call was sent. */
function Answer({ call }: { call: ListedCall }): JSX.Element {
  if (call.type === 'refusal') return <span class="not-sent">not sent</span>
  const { status } = call
  return <Status status={status} isBad={outcomeOf(call) !== 'ok' || status >= 400} />
}

function Parties({ call }: { call: ListedCall }): JSX.Element {
  return (
    <span class="parties">
      <Caller name={callerOf(call)} short /> <span class="arrow">→</span>{' '}
      <span class="receiver">{receiverOf(call)}</span>{' '}
      {call.type === 'call' && !call.declared && <span class="tag">undeclared</span>}
    </span>
  )
}
