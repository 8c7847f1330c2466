import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { mismatchOf } from '../model/mismatch.ts'
import { verdictOf } from '../model/verdict.ts'
import { state } from '../store/run.ts'
import { MismatchView } from './mismatch-view.tsx'
import { PolicySnippet } from './policy-snippet.tsx'

/** How the call ended, why, and what to do about it: what most people came for. */
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
