import { Fragment, type JSX } from 'preact'
import { anonymous, bareName, isClaimed, shortName } from '../model/parties.ts'

interface CallerProps {
  /** From `callerName`. */
  name: string
  /** Without the domain that all accounts share. */
  short?: boolean
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

interface StatusProps {
  status: number
  /** Whether it is none that the caller wanted. @default from 400 on */
  isBad?: boolean
}

/** An HTTP status; its colour repeats what its number says, or what stands beside it. */
export function Status({
  status,
  isBad = status >= 400 || status === 0,
}: StatusProps): JSX.Element {
  return <span class={`status ${isBad ? 'bad' : 'good'}`}>{status}</span>
}

/** A text without blanks, such as an email or a URL, that breaks after its signs and not in a word. */
export function Breakable({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text.split(/(?<=[@./:?&=])/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  )
}
