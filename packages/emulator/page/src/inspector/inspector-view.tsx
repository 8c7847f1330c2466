import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { ClaimsTable } from '../parts/claims.tsx'
import { type InspectedToken, inspectToken } from './inspect-token.ts'

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

/** What a token says, in words. */
function Inspected({ token }: { token: InspectedToken }): JSX.Element {
  const { header, claims, signature, warnings } = token
  return (
    <>
      <section class="card" aria-labelledby="findings-heading">
        <h2 id="findings-heading">
          {warnings.length > 0 ? 'Look at this' : 'Nothing looks wrong'}
        </h2>
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
        {warnings.length === 0 && (
          <p>Whether a service takes it depends on its audiences and its list of callers.</p>
        )}
      </section>
      <section class="card" aria-labelledby="claims-heading">
        <h2 id="claims-heading">Claims</h2>
        <ClaimsTable claims={claims} />
        <h2>Header</h2>
        <ClaimsTable
          claims={[
            ...Object.entries(header).map(([name, value]) => ({
              name,
              value: typeof value === 'string' ? value : JSON.stringify(value),
              means: meanings[name] ?? '',
            })),
            { name: 'signature', value: signatures[signature], means: '' },
          ]}
        />
      </section>
    </>
  )
}

const signatures = {
  present: 'there; not checked here',
  removed: 'taken off by Cloud Run',
  missing: 'missing',
}

const meanings: Record<string, string | undefined> = {
  alg: 'how it is signed',
  kid: 'with which key',
  typ: 'what it is',
}

/**
 * The time, in milliseconds, moving on while the component is shown.
 *
 * @param everyMs how often it moves
 */
function useNow(everyMs = 1_000): Signal<number> {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now()
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs, now])
  return now
}
