import type { JSX } from 'preact'
import type { InspectedToken } from '../model/token-inspector.ts'
import { ClaimsTable } from '../parts/claims.tsx'

const signatures = {
  present: 'there; not checked here',
  removed: 'taken off by Cloud Run',
  missing: 'missing',
}

/** What a token says, in words. */
export function Inspected({ token }: { token: InspectedToken }): JSX.Element {
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

const meanings: Record<string, string | undefined> = {
  alg: 'how it is signed',
  kid: 'with which key',
  typ: 'what it is',
}
