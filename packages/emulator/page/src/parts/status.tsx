import type { JSX } from 'preact'

interface StatusProps {
  readonly status: number
  /** Whether it is none that the caller wanted. @default from 400 on */
  readonly isBad?: boolean
}

/** An HTTP status; its colour repeats what its number says, or what stands beside it. */
export function Status({
  status,
  isBad = status >= 400 || status === 0,
}: StatusProps): JSX.Element {
  return <span class={`status ${isBad ? 'bad' : 'good'}`}>{status}</span>
}
