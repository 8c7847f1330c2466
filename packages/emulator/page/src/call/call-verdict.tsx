import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { CallerSideAdvice, EntryAdvice, Snippet } from '../advice/advice.tsx'
import { MissingGrantAdvice } from '../advice/missing-grant.tsx'
import { operationText } from '../advice/operations.ts'
import { counted } from '../model/words.ts'
import { Link } from '../parts/controls.tsx'
import { Breakable } from '../parts/texts.tsx'
import { log, running, state } from '../store/run.ts'
import { safeCommand } from './command.ts'
import { diffAgainstEach, type Piece } from './diff.ts'
import { stoppedMeanwhile } from './refusals.ts'
import { type Mismatch, mismatchOf, verdictOf } from './verdict.ts'

/** How the call ended, why, and what to do about it. */
export function CallVerdict({ call }: { call: CallHandled }): JSX.Element {
  const verdict = verdictOf(call, { state: state.value, pushes: log.value.pushes })
  const { outcome, heading, sentence, caution, help, callerSide, entry, audienceEntry } = verdict
  const mismatch = mismatchOf(call, state.value)
  const closest = entry?.similar && operationText(entry.similar)
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
      {mismatch && <MismatchView {...mismatch} closest={closest} />}
      {caution && <p class="caution">{caution}</p>}
      <StoppedMeanwhile call={call} />
      {audienceEntry !== undefined && <Snippet text={audienceEntry}>In the policy:</Snippet>}
      {callerSide && (
        <CallerSideAdvice
          side={callerSide}
          receiver={call.receiver}
          command={commandAs(call, callerSide.caller)}
        />
      )}
      {entry && <EntryAdvice call={call} entry={entry} />}
      <MissingGrantAdvice call={call} />
    </div>
  )
}

/** The command that makes the call as a service; undefined if there is none. */
function commandAs(call: CallHandled, as: string | undefined): string | undefined {
  if (as === undefined || !running.value) return undefined
  return safeCommand({ ...call, as, headers: [], emulator: running.value.url })
}

/** Calls that serviceFetch stopped in the service meanwhile: often why it answered an error. */
function StoppedMeanwhile({ call }: { call: CallHandled }): JSX.Element | null {
  const [first, ...others] = stoppedMeanwhile(call, log.value.refusals)
  if (!first) return null
  return (
    <p>
      Meanwhile, serviceFetch in {call.receiver} stopped{' '}
      <Link to={{ call: first.id }}>
        {first.method} {first.path}
      </Link>{' '}
      (<code>{first.code}</code>)
      {others.length > 0 && ` and ${counted(others.length, 'other call')}`}.{' '}
      <strong>This is probably the reason.</strong>
    </p>
  )
}

interface MismatchProps extends Mismatch {
  /** The accepted operation that was probably meant, with its parameters filled in. */
  closest?: string | undefined
}

/** Shows the received value beside the accepted ones, and marks the characters that differ. */
export function MismatchView({ claim, got, expected, closest: meant }: MismatchProps): JSX.Element {
  const [closest, ...others] = [
    ...(meant === undefined ? [] : diffAgainstEach(got, [meant])),
    ...diffAgainstEach(
      got,
      expected.filter((text) => text !== meant),
    ),
  ]
  return (
    <dl class="mismatch">
      <dt>Got {claim !== undefined && <code>{claim}</code>}</dt>
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
