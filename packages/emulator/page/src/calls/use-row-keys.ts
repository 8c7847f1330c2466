import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { closeCall, focusCall, openCall } from '../call/open-call.ts'
import type { ListedCall } from '../model/listed-call.ts'
import { pauseToRead } from '../store/following.ts'
import { route } from '../store/location.ts'

/** Keyboard navigation in the table. */
interface RowKeys {
  /** The call whose row is active. */
  active: number | undefined
  activate(id: number): void
  onKeyDown(event: KeyboardEvent): void
}

const pageOfRows = 15

/** Number of rows that each key moves down; negative: up. */
const moves: Record<string, number> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: pageOfRows,
  PageUp: -pageOfRows,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

/**
 * Arrow keys, j and k, Page Up, Page Down, Home and End move; Enter opens; Escape closes. While a
 * call is open, moving opens the next call.
 *
 * @param calls the listed calls, oldest first
 */
export function useRowKeys(
  calls: readonly ListedCall[],
  scroller: RefObject<HTMLElement | null>,
): RowKeys {
  const active = useSignal<number | undefined>(route.value.call)
  function moveBy(rows: number): void {
    const at = calls.length - 1 - calls.findLastIndex(({ id }) => id === active.value)
    const from = at >= calls.length ? -1 : at
    const next = Math.max(0, Math.min(calls.length - 1, from + rows))
    const call = calls[calls.length - 1 - next]
    if (!call) return
    pauseToRead()
    active.value = call.id
    scrollToRow(scroller.current, next)
    if (route.value.call !== undefined) openCall(call.id)
  }
  function act(key: string): boolean {
    const move = moves[key]
    if (move !== undefined) moveBy(move)
    else if (key === 'Enter' && active.value !== undefined) openAndFocus(active.value)
    else if (key === 'Escape' && route.value.call !== undefined) closeCall()
    else return false
    return true
  }
  return {
    active: active.value,
    activate(id) {
      active.value = id
    },
    onKeyDown(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return
      if (act(event.key)) event.preventDefault()
    },
  }
}

function openAndFocus(id: number): void {
  openCall(id)
  focusCall()
}

/** Scrolls a row into view, below the sticky header. */
function scrollToRow(scroller: HTMLElement | null, row: number): void {
  if (!scroller) return
  const rowHeight = Number.parseFloat(getComputedStyle(scroller).getPropertyValue('--row-height'))
  const headHeight = scroller.querySelector('thead')?.clientHeight ?? 0
  const top = row * rowHeight
  const bottom = top + rowHeight + headHeight
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight
  }
}
