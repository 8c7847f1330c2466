import type { JSX } from 'preact'
import type { Mismatch } from '../model/mismatch.ts'
import { diffAgainstEach, type Piece } from '../model/text-diff.ts'
import { Breakable } from '../parts/texts.tsx'

/** What came beside what would have passed, with the characters marked that differ. */
export function MismatchView({ claim, got, expected }: Mismatch): JSX.Element {
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
        {closest ? <Marked pieces={closest.expected} as="ins" /> : 'nothing passes'}
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
