import { Fragment, type JSX } from 'preact'

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
