import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

/** What is seen of a scrolled list. */
interface Viewport {
  scrollTop: number
  height: number
  /** Of one row, as the style sheet has it for this width. */
  rowHeight: number
}

/**
 * Keeps track of what is seen of a scrolling element.
 *
 * @param scroller the element, whose `--row-height` says how high a row is
 */
export function useViewport(scroller: RefObject<HTMLElement | null>): Signal<Viewport> {
  const viewport = useSignal<Viewport>({ scrollTop: 0, height: 600, rowHeight: 30 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    return onResizeOrScroll(element, () => {
      viewport.value = measured(element)
    })
  }, [scroller, viewport])
  return viewport
}

function onResizeOrScroll(element: HTMLElement, measure: () => void): () => void {
  const sizes = new ResizeObserver(measure)
  sizes.observe(element)
  element.addEventListener('scroll', measure, { passive: true })
  return () => {
    sizes.disconnect()
    element.removeEventListener('scroll', measure)
  }
}

function measured(element: HTMLElement): Viewport {
  const rowHeight = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row-height'))
  return { scrollTop: element.scrollTop, height: element.clientHeight, rowHeight }
}

/** Which rows of a long list are drawn, and how much room the others take. */
interface RowWindow {
  /** The first that is drawn. */
  first: number
  /** The one after the last that is drawn. */
  end: number
}

/** A list, and what is seen of it; all but the rows in pixels. */
interface WindowOptions {
  rows: number
  rowHeight: number
  scrollTop: number
  height: number
}

/** Drawn beyond what is seen, so that scrolling shows no gaps. */
const overscan = 8

/**
 * The rows around those that can be seen.
 *
 * @param options the list, and what is seen of it
 */
export function windowOf({ rows, rowHeight, scrollTop, height }: WindowOptions): RowWindow {
  const seen = Math.ceil(height / rowHeight) + 2 * overscan
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - overscan, rows - seen))
  return { first, end: Math.min(rows, first + seen) }
}
