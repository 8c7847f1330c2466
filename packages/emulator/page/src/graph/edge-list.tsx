import type { CallHandled } from '@countersign/emulator'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { EntryAdvice } from '../advice/advice.tsx'
import { operationText } from '../advice/operations.ts'
import { policyEntry } from '../advice/policy-entry.ts'
import { counted } from '../model/words.ts'
import { Link } from '../parts/controls.tsx'
import { Caller } from '../parts/texts.tsx'
import { filter, setFilter } from '../store/location.ts'
import { log, state } from '../store/run.ts'
import {
  callsOf,
  type EdgeKind,
  edgeKinds,
  type GraphEdge,
  keyOf,
  kindNames,
  kindOf,
  type ServiceGraph,
  undeclaredOperations,
} from './service-graph.ts'

/** Edges shown per kind at first: hundreds of services have thousands of edges. */
const shownAtFirst = 50

/** All edges, problems first. Choosing an edge filters the calls to it. */
export function EdgeList({ graph }: { graph: ServiceGraph }): JSX.Element {
  const groups = Map.groupBy(graph.edges, kindOf)
  return (
    <>
      {edgeKinds.map((kind) => {
        const edges = groups.get(kind) ?? []
        return edges.length > 0 && <Group key={kind} kind={kind} edges={edges} />
      })}
    </>
  )
}

function Group({ kind, edges }: { kind: EdgeKind; edges: readonly GraphEdge[] }): JSX.Element {
  const shown = useSignal(shownAtFirst)
  return (
    <details class={`edge-group ${kind}`} open={kind !== 'used' || edges.length <= 20}>
      <summary>
        <span class={`edge-sample ${kind}`} aria-hidden="true" /> {kindNames[kind]} ({edges.length})
      </summary>
      <ul>
        {edges.slice(0, shown.value).map((edge) => (
          <li key={keyOf(edge.from, edge.to)}>
            <EdgeButton edge={edge} />
          </li>
        ))}
      </ul>
      {edges.length > shown.value && (
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            shown.value = Number.POSITIVE_INFINITY
          }}
        >
          Show {edges.length - shown.value} more
        </button>
      )}
    </details>
  )
}

function EdgeButton({ edge }: { edge: GraphEdge }): JSX.Element {
  const { from, to } = edge
  const isChosen = filter.value.from === from && filter.value.to === to
  function choose(): void {
    setFilter(isChosen ? { from: '', to: '' } : { from, to })
  }
  return (
    <button type="button" class="edge-button" aria-pressed={isChosen} onClick={choose}>
      <span>
        <Caller name={from} short /> <span class="arrow">→</span> {to}
      </span>
      <span class="calls">{callsOf(edge)}</span>
    </button>
  )
}

/** The chosen edge: its kind, its policy entry if undeclared, and a link to its calls. */
export function EdgeCard({ graph }: { graph: ServiceGraph }): JSX.Element {
  const { from, to } = filter.value
  const edge = graph.edges.find((one) => one.from === from && one.to === to)
  if (!edge) return <p class="hint">Choose an edge to see its calls.</p>
  const { calls, undeclared, example } = edge
  return (
    <div class="edge-card">
      <h2>
        <Caller name={from} /> <span class="arrow">→</span> {to}
      </h2>
      <p>
        {kindNames[kindOf(edge)]}: {callsOf(edge)}.
      </p>
      {undeclared > 0 && <Undeclared edge={edge} />}
      {example && <ExampleEntry call={example} />}
      <p class="actions">
        {calls > 0 && (
          <Link to={{ view: 'calls', call: undefined }} class="button primary">
            Show its calls
          </Link>
        )}
        <button type="button" class="button" onClick={() => setFilter({ from: '', to: '' })}>
          Clear selection
        </button>
      </p>
    </div>
  )
}

const shownOperations = 10

/** The operations of an edge that the policy does not declare. */
function Undeclared({ edge }: { edge: GraphEdge }): JSX.Element {
  const operations = undeclaredOperations(edge, log.value.calls)
  const left = operations.length - shownOperations
  return (
    <div>
      <p>Not declared:</p>
      <ul class="operations">
        {operations.slice(0, shownOperations).map(({ operation, calls }) => (
          <li key={operation}>
            <code>{operation}</code> <span class="calls">{counted(calls, 'call')}</span>
          </li>
        ))}
      </ul>
      {left > 0 && <p class="hint">and {counted(left, 'more operation')}</p>}
    </div>
  )
}

/** The entry that would allow the newest undeclared call. */
function ExampleEntry({ call }: { call: CallHandled }): JSX.Element | null {
  const entry = policyEntry(call, state.value)
  if (!entry) return null
  return (
    <>
      {entry.similar && (
        <p>
          Did you mean <code>{operationText(entry.similar)}</code>? The policy allows that.
        </p>
      )}
      <EntryAdvice call={call} entry={entry} />
    </>
  )
}
