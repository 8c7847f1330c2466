import type { JSX } from 'preact'

/** An HTTP status; its colour repeats what its number says. */
export function Status({ status }: { status: number }): JSX.Element {
  return <span class={`status s${Math.floor(status / 100)}`}>{status}</span>
}
