import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

/** What is seen of a scrolled list. */
export interface Viewport {
  readonly scrollTop: number
  readonly height: number
  /** Of one row, as the style sheet has it for this width. */
  readonly rowHeight: number
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
    const measure = (): void => {
      viewport.value = measured(element)
    }
    const sizes = new ResizeObserver(measure)
    sizes.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [scroller, viewport])
  return viewport
}

function measured(element: HTMLElement): Viewport {
  const rowHeight = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row-height'))
  return { scrollTop: element.scrollTop, height: element.clientHeight, rowHeight }
}
