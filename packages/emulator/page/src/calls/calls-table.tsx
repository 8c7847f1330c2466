import type { CallHandled } from '@countersign/emulator'
import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { focusCallWithoutTable, openCall } from '../call/open-call.ts'
import { windowOf } from '../model/window.ts'
import { doneReading, isPaused, pauseToRead } from '../store/following.ts'
import { route } from '../store/location.ts'
import { CallRow, rowId } from './call-row.tsx'
import { useRowKeys } from './use-row-keys.ts'
import { useViewport } from './use-viewport.ts'

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
 * The newest call first. Only the rows around those that are seen are in the document. The table is
 * one stop for the Tab key; the arrow keys move within it. Its roles are spelt out, since on a
 * narrow page it is laid out as blocks, and browsers then forget that it is a table.
 *
 * @param calls the oldest first, at least one
 */
export function CallsTable({ calls }: { calls: readonly CallHandled[] }): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const viewport = useViewport(scroller)
  const keys = useRowKeys(calls, scroller)
  useSignalEffect(() => {
    if (!isPaused.value) scroller.current?.scrollTo({ top: 0 })
  })
  const { rowHeight, scrollTop, height } = viewport.value
  const { first, end } = windowOf({ rows: calls.length, rowHeight, scrollTop, height })
  const rows = calls.slice(calls.length - end, calls.length - first).reverse()
  const noteScroll = (): void => {
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

function isDrawn(rows: readonly CallHandled[], active: number | undefined): active is number {
  return rows.some(({ id }) => id === active)
}

/** The room of rows that are not in the document. */
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
