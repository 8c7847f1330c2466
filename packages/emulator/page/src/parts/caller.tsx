import type { JSX } from 'preact'
import { anonymous, bareName, isClaimed, shortName } from '../model/parties.ts'

interface CallerProps {
  /** From `callerName`. */
  readonly name: string
  /** Without the domain that all accounts share. */
  readonly short?: boolean
}

/**
 * Who called, marked where that is only claimed. Whoever made a token chose its name: in an element
 * of its own, so that no character in it can turn the rest of the line around.
 */
export function Caller({ name, short = false }: CallerProps): JSX.Element {
  const bare = bareName(name)
  const kind = name === anonymous ? 'nobody' : isClaimed(name) ? 'claimed' : ''
  return (
    <>
      <bdi class={`caller ${kind}`}>{short ? shortName(bare) : bare}</bdi>
      {isClaimed(name) && (
        <>
          {' '}
          <span class="tag">claimed</span>
        </>
      )}
    </>
  )
}
