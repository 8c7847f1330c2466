import { Fragment, type JSX } from 'preact'
import { anonymous, bareName, isClaimed, shortName } from '../model/parties.ts'

interface CallerProps {
  /** From `callerName`. */
  name: string
  /** Leaves out the domain that all service accounts share. */
  short?: boolean
}

/**
 * Name of a caller, with a tag if it is only claimed. The author of a token chooses this name, so
 * it is in a `bdi` element: its characters cannot reverse the rest of the line.
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
  /** Whether the caller did not want this status. @default true from 400 on */
  isBad?: boolean
}

/** An HTTP status. Its colour only repeats the number or the text beside it. */
export function Status({
  status,
  isBad = status >= 400 || status === 0,
}: StatusProps): JSX.Element {
  return <span class={`status ${isBad ? 'bad' : 'good'}`}>{status}</span>
}

/** A text without spaces, such as an email or a URL, that wraps after its punctuation. */
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
