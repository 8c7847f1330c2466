import type { RefusalReported } from '@countersign/emulator'
import type { JSX } from 'preact'
import { Snippet, Unlikely } from '../advice/advice.tsx'
import { refusalHelp } from '../advice/refusal-help.ts'
import { callerOf, receiverOf } from '../model/listed-call.ts'
import { timeOfDay } from '../model/words.ts'
import { state } from '../store/run.ts'
import { MismatchView } from './call-verdict.tsx'
import { callHeadingId, closeCall } from './open-call.ts'

/** Panel of a call that serviceFetch stopped: why, and what to do. */
export function RefusalPanel({ refusal }: { refusal: RefusalReported }): JSX.Element {
  const { method, path, at } = refusal
  function closeOnEscape(event: KeyboardEvent): void {
    if (event.key === 'Escape') closeCall()
  }
  return (
    <section class="call-panel" aria-labelledby={callHeadingId} onKeyDown={closeOnEscape}>
      <header class="call-head">
        <div class="call-title">
          <h2 id={callHeadingId} tabIndex={-1}>
            {callerOf(refusal)} <span class="arrow">→</span> {receiverOf(refusal)}
          </h2>
          <button type="button" class="button" onClick={closeCall}>
            Close
          </button>
        </div>
        <p class="request-line">
          <span class="not-sent">not sent</span> <span class="method">{method}</span>{' '}
          <span>{path}</span>
        </p>
        <p class="meta">{timeOfDay(at)}</p>
      </header>
      <div class="call-body" key={refusal.id}>
        <RefusalVerdict refusal={refusal} />
        <p class="hint">
          No front door saw this call: {refusal.service ?? 'a service'} reported it to the emulator,
          without query, headers and body. The error that serviceFetch threw has the whole message.
        </p>
      </div>
    </section>
  )
}

function RefusalVerdict({ refusal }: { refusal: RefusalReported }): JSX.Element {
  const { method, path, code } = refusal
  const [from, to] = [refusal.service ?? 'a service', receiverOf(refusal)]
  const { means, todo, guess, similar, expected, snippet } = refusalHelp(refusal, state.value)
  const call = { method, target: path, receiver: to }
  return (
    <div class="verdict refused">
      <h3>
        Stopped by serviceFetch in {from}
        <code>{code}</code>
      </h3>
      <p>Nothing was sent.</p>
      <p>
        {means} <strong>{guess ?? todo}</strong>
      </p>
      {expected && <MismatchView got={`${method} ${path}`} expected={expected} closest={similar} />}
      {guess !== undefined && snippet === undefined && <p>{todo}</p>}
      {snippet !== undefined && guess !== undefined && <Unlikely call={call} snippet={snippet} />}
      {snippet !== undefined && guess === undefined && (
        <Snippet text={snippet}>If the call is intended, change the policy to:</Snippet>
      )}
    </div>
  )
}
