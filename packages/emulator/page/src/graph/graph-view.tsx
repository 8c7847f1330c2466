import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { counted } from '../model/words.ts'
import { go, route } from '../store/location.ts'
import { connection, log, recording, state } from '../store/run.ts'
import { EdgeCard, EdgeList } from './edge-list.tsx'
import { GrantsCard } from './grants-card.tsx'
import { type FocusedGraph, focusGraph, maxNodes } from './graph-focus.ts'
import { GraphPicture } from './graph-picture.tsx'
import { graphOf } from './service-graph.ts'

/** The graph of services: declared calls and observed calls. */
export function GraphView(): JSX.Element {
  const graph = useComputed(() => state.value && graphOf(state.value, log.value.calls))
  if (connection.value === 'connecting' && !recording.value) {
    return <EmptyGraph title="Connecting to the emulator" />
  }
  if (!graph.value) return <EmptyGraph title="Nothing to show" />
  if (graph.value.nodes.length === 0) return <EmptyGraph title="The policy has no services" />
  const { wholeGraph: whole, filter: chosen } = route.value
  const focused = focusGraph(graph.value, { whole, chosen })
  return (
    <div class="graph-and-edges">
      <div class="graph-area">
        {graph.value.nodes.length > maxNodes && <ShownNodes focused={focused} />}
        {focused.graph.nodes.length > 0 ? (
          <GraphPicture graph={focused.graph} />
        ) : (
          <EmptyGraph title="No failing or undeclared edges" />
        )}
      </div>
      <section class="edges" aria-label="Edges">
        <EdgeCard graph={graph.value} />
        <GrantsCard />
        <EdgeList graph={graph.value} />
      </section>
    </div>
  )
}

/** Says how many nodes of a large graph are shown, and lets the user show all. */
function ShownNodes({ focused }: { focused: FocusedGraph }): JSX.Element {
  return (
    <div class="how-much">
      <p>{wordsFor(focused)}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={route.value.wholeGraph}
          onChange={({ currentTarget }) => go({ wholeGraph: currentTarget.checked })}
        />
        Show all
      </label>
    </div>
  )
}

function wordsFor({ graph, hiddenNodes, hiddenProblems }: FocusedGraph): string {
  const shown = graph.nodes.length
  const all = shown + hiddenNodes
  if (hiddenNodes === 0) return `All ${counted(all, 'node')}.`
  const nodes = `${shown} of ${counted(all, 'node')}`
  if (shown === 0) return `${nodes}: no failing or undeclared edges.`
  const left =
    hiddenProblems > 0 ? ` ${counted(hiddenProblems, 'more such edge')} in the list.` : ''
  return `${nodes}: failing and undeclared edges, and their neighbours.${left}`
}

function EmptyGraph({ title }: { title: string }): JSX.Element {
  return (
    <div class="empty small">
      <h2>{title}</h2>
    </div>
  )
}
