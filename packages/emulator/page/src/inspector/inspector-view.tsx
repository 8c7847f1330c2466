import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { ClaimsTable } from '../parts/claims.tsx'
import { type InspectedToken, inspectToken } from './inspect-token.ts'

/**
 * View that explains a token. The token stays in the text field: it is not sent or stored, and it
 * is gone when the user leaves the view.
 */
export function InspectorView(): JSX.Element {
  const pasted = useSignal('')
  const now = useNow()
  const result = pasted.value.trim() === '' ? undefined : inspectToken(pasted.value, now.value)
  return (
    <div class="sheet">
      <section class="card" aria-labelledby="inspector-heading">
        <h2 id="inspector-heading">Inspect a token</h2>
        <p>
          The token is read only in this page, and not sent or stored anywhere. Its signature is not
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

/** Warnings, claims and header of a token. */
function Inspected({ token }: { token: InspectedToken }): JSX.Element {
  const { header, claims, signature, warnings } = token
  return (
    <>
      <section class="card" aria-labelledby="findings-heading">
        <h2 id="findings-heading">{warnings.length > 0 ? 'Warnings' : 'No warnings'}</h2>
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
        {warnings.length === 0 && (
          <p>
            Whether a service accepts the token depends on the audiences and the allow-list of the
            service.
          </p>
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
  present: 'present, not checked',
  removed: 'removed by Cloud Run',
  missing: 'missing',
}

const meanings: Record<string, string | undefined> = {
  alg: 'signature algorithm',
  kid: 'ID of the signing key',
  typ: 'type of the token',
}

/** The current time in milliseconds, updated while the component is shown. */
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
