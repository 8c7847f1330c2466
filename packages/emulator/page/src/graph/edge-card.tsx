import type { JSX } from 'preact'
import { PolicySnippet } from '../call/call-verdict.tsx'
import { kindOf, type ServiceGraph } from '../model/service-graph.ts'
import { Go } from '../parts/controls.tsx'
import { Caller } from '../parts/texts.tsx'
import { filter, setFilter } from '../store/location.ts'
import { callsOf, kindNames } from './edge-words.ts'

/** The edge that was chosen: what is known of it, and the way to its calls. */
export function EdgeCard({ graph }: { graph: ServiceGraph }): JSX.Element {
  const { from, to } = filter.value
  const edge = graph.edges.find((one) => one.from === from && one.to === to)
  if (!edge) return <p class="hint">Choose an edge to see its calls.</p>
  const { calls, undeclared, snippet } = edge
  return (
    <div class="edge-card">
      <h2>
        <Caller name={from} /> <span class="arrow">→</span> {to}
      </h2>
      <p>
        {kindNames[kindOf(edge)]}: {callsOf(edge)}.
      </p>
      {undeclared > 0 && <PolicySnippet snippet={snippet} />}
      <p class="actions">
        {calls > 0 && (
          <Go to={{ view: 'calls', call: undefined }} class="button primary">
            Show its calls
          </Go>
        )}
        <button type="button" class="button" onClick={() => setFilter({ from: '', to: '' })}>
          Let go
        </button>
      </p>
    </div>
  )
}
