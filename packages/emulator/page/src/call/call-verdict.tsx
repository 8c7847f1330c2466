import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { CopyButton } from '../parts/controls.tsx'
import { Breakable } from '../parts/texts.tsx'
import { state } from '../store/run.ts'
import { diffAgainstEach, type Piece } from './diff.ts'
import { type Mismatch, mismatchOf, verdictOf } from './verdict.ts'

/** How the call ended, why, and what to do about it. */
export function CallVerdict({ call }: { call: CallHandled }): JSX.Element {
  const { outcome, heading, sentence, caution, help } = verdictOf(call)
  const mismatch = mismatchOf(call, state.value)
  return (
    <div class={`verdict ${outcome}`}>
      <h3>
        {heading}
        {call.code && <code>{call.code}</code>}
      </h3>
      <p>{sentence}</p>
      {help && (
        <p>
          {help.means} <strong>{help.todo}</strong>
        </p>
      )}
      {mismatch && <MismatchView {...mismatch} />}
      {caution && <p class="caution">{caution}</p>}
      {!call.declared && <PolicySnippet snippet={caution ? undefined : call.snippet} />}
    </div>
  )
}

/** Shows the received value beside the accepted ones, and marks the characters that differ. */
function MismatchView({ claim, got, expected }: Mismatch): JSX.Element {
  const [closest, ...others] = diffAgainstEach(got, expected)
  return (
    <dl class="mismatch">
      <dt>
        Got <code>{claim}</code>
      </dt>
      <dd>
        <Marked pieces={closest?.got ?? [{ text: got, same: true }]} as="del" />
      </dd>
      <dt>Expected</dt>
      <dd>
        {closest ? <Marked pieces={closest.expected} as="ins" /> : 'no value is accepted'}
        {others.map(({ expected: pieces }, index) => (
          <span key={index} class="or">
            or <Marked pieces={pieces.map(({ text }) => ({ text, same: true }))} as="ins" />
          </span>
        ))}
      </dd>
    </dl>
  )
}

function Marked({ pieces, as: Tag }: { pieces: readonly Piece[]; as: 'del' | 'ins' }): JSX.Element {
  return (
    <code class="marked">
      {pieces.map(({ text, same }, index) =>
        same ? (
          <span key={index}>
            <Breakable text={text} />
          </span>
        ) : (
          <Tag key={index}>
            <Breakable text={text} />
          </Tag>
        ),
      )}
    </code>
  )
}

/** The policy entry that would allow the call, if there is one. */
export function PolicySnippet({ snippet }: { snippet: string | undefined }): JSX.Element {
  if (snippet === undefined) return <p>The policy does not declare this call.</p>
  return (
    <div class="snippet">
      <p>The policy does not declare this call. If the call is intended, add:</p>
      <CopyButton text={snippet}>Copy</CopyButton>
      <pre>
        <code>{snippet.trimEnd()}</code>
      </pre>
    </div>
  )
}
