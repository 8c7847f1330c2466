import type { CallHandled } from '@countersign/emulator'
import type { ComponentChildren, JSX } from 'preact'
import { CopyButton } from '../parts/controls.tsx'
import type { CallerSide } from './caller-side.ts'
import { operationText, pathOf } from './operations.ts'
import type { PolicyEntry } from './policy-entry.ts'

interface EntryAdviceProps {
  call: Pick<CallHandled, 'method' | 'target' | 'receiver'>
  entry: PolicyEntry
}

/** The policy entry that would allow a call; folded away if it is probably not what is wanted. */
export function EntryAdvice({ call, entry }: EntryAdviceProps): JSX.Element {
  const { kind, snippet } = entry
  if (snippet === undefined) return <p>The policy does not declare this call.</p>
  if (kind === 'public') return <PublicRoute call={call} snippet={snippet} />
  if (kind === 'typo') return <Unlikely call={call} snippet={snippet} />
  return (
    <Snippet text={snippet}>
      The policy does not declare this call. If the call is intended, add:
    </Snippet>
  )
}

/** A text to copy, with a sentence above it. */
export function Snippet({
  text,
  children,
}: {
  text: string
  children: ComponentChildren
}): JSX.Element {
  return (
    <div class="snippet">
      <p>{children}</p>
      <CopyButton text={text}>Copy</CopyButton>
      <pre>
        <code>{text.trimEnd()}</code>
      </pre>
    </div>
  )
}

interface FoldedProps {
  call: EntryAdviceProps['call']
  snippet: string
}

/** The entry for a call whose path or method looks like a mistake. */
export function Unlikely({ call, snippet }: FoldedProps): JSX.Element {
  return (
    <details class="unlikely">
      <summary>If {operationOf(call)} is intended</summary>
      <Snippet text={snippet}>The policy does not declare it. Add:</Snippet>
    </details>
  )
}

/** The entry that opens a route to everybody, behind a warning. */
function PublicRoute({ call, snippet }: FoldedProps): JSX.Element {
  return (
    <details class="unlikely">
      <summary>Only if anyone on the Internet may call this</summary>
      <p class="opens">
        <strong>This opens {operationOf(call)} to anyone on the Internet.</strong> With{' '}
        <code>"public": true</code>, countersign policy iam and terraform grant{' '}
        <code>roles/run.invoker</code> to <code>allUsers</code>, so that Cloud Run checks no token
        for {call.receiver} any more; its other routes depend on verifyCaller alone.
      </p>
      <Snippet text={snippet}>If that is intended, add:</Snippet>
    </details>
  )
}

function operationOf({ method, target }: EntryAdviceProps['call']): string {
  return operationText({ method, path: pathOf(target) })
}

interface CallerSideAdviceProps {
  side: CallerSide
  receiver: string
  /** The command that makes the call with a token; undefined if there is none. */
  command: string | undefined
}

/** What the calling service writes, so that its calls have a token. */
export function CallerSideAdvice({ side, receiver, command }: CallerSideAdviceProps): JSX.Element {
  const { caller, code } = side
  return (
    <>
      <Snippet text={code}>
        {caller === undefined
          ? `In the calling service, which the policy must let call ${receiver}:`
          : `In the calling service, such as ${caller}:`}
      </Snippet>
      <p class="hint">
        With signCalls in Express or Koa, the <code>serviceFetch</code> of each request has the same{' '}
        <code>to</code>.
      </p>
      {command !== undefined && <Snippet text={command}>Or from a terminal, with a token:</Snippet>}
    </>
  )
}
