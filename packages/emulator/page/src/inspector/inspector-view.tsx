import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { inspectToken } from '../model/token-inspector.ts'
import { useNow } from '../parts/use-now.ts'
import { Inspected } from './inspected.tsx'

/**
 * Explains a token. It stays in this field: it is sent nowhere, stored nowhere, and gone when the
 * view is left.
 */
export function InspectorView(): JSX.Element {
  const pasted = useSignal('')
  const now = useNow()
  const result = pasted.value.trim() === '' ? undefined : inspectToken(pasted.value, now.value)
  return (
    <div class="sheet">
      <section class="card" aria-labelledby="inspector-heading">
        <h2 id="inspector-heading">What does a token say?</h2>
        <p>
          Read in this page alone: it is sent nowhere and stored nowhere. Its signature is not
          checked.
        </p>
        <label class="stacked">
          ID token
          <textarea
            rows={5}
            spellcheck={false}
            autocomplete="off"
            placeholder="eyJhbGciOiJSUzI1NiIs…"
            value={pasted.value}
            onInput={({ currentTarget }) => {
              pasted.value = currentTarget.value
            }}
          />
        </label>
        {result && 'problem' in result && <p class="problem">{result.problem}</p>}
      </section>
      {result && 'claims' in result && <Inspected token={result} />}
    </div>
  )
}
