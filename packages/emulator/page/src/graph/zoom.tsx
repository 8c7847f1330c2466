import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'

const steps = [0.25, 0.5, 0.75, 1, 1.5, 2]

/**
 * Makes the picture larger and smaller.
 *
 * @param zoom undefined: as large as there is room for
 */
export function Zoom({ zoom }: { zoom: Signal<number | undefined> }): JSX.Element {
  const move = (by: number): void => {
    const at = steps.indexOf(zoom.value ?? 1) + by
    zoom.value = steps[Math.max(0, Math.min(steps.length - 1, at))] ?? 1
  }
  return (
    <div class="zoom">
      <button type="button" class="button" aria-label="Zoom out" onClick={() => move(-1)}>
        −
      </button>
      <button
        type="button"
        class="button"
        onClick={() => {
          zoom.value = undefined
        }}
      >
        Fit
      </button>
      <button type="button" class="button" aria-label="Zoom in" onClick={() => move(1)}>
        +
      </button>
    </div>
  )
}
