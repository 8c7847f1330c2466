import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

/** The visible part of a scrolled list, in pixels. */
interface Viewport {
  scrollTop: number
  height: number
  /** Height of one row; the style sheet sets it by the width of the page. */
  rowHeight: number
}

/**
 * Follows the visible part of a scrolling element.
 *
 * @param scroller the element; its `--row-height` is the height of a row
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

/** The rows of a long list that are drawn. */
interface RowWindow {
  /** Index of the first drawn row. */
  first: number
  /** Index after the last drawn row. */
  end: number
}

/** A list and its visible part; all in pixels except the number of rows. */
interface WindowOptions {
  rows: number
  rowHeight: number
  scrollTop: number
  height: number
}

/** Rows drawn above and below the visible ones, so that scrolling shows no gaps. */
const overscan = 8

/** Returns the visible rows and some around them. */
export function windowOf({ rows, rowHeight, scrollTop, height }: WindowOptions): RowWindow {
  const seen = Math.ceil(height / rowHeight) + 2 * overscan
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - overscan, rows - seen))
  return { first, end: Math.min(rows, first + seen) }
}
