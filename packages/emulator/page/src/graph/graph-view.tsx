import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { focusGraph, mostNodes } from '../model/graph-focus.ts'
import { graphOf } from '../model/service-graph.ts'
import { route } from '../store/location.ts'
import { connection, log, recording, state } from '../store/run.ts'
import { EdgeCard } from './edge-card.tsx'
import { EdgeList } from './edge-list.tsx'
import { GraphPicture } from './graph-picture.tsx'
import { HowMuch } from './how-much.tsx'

/** Who calls whom: as declared, and as it happened. */
export function GraphView(): JSX.Element {
  const graph = useComputed(() => state.value && graphOf(state.value, log.value.calls))
  if (connection.value === 'connecting' && !recording.value) {
    return <NoGraph title="Connecting to the emulator" />
  }
  if (!graph.value) return <NoGraph title="Nothing to show" />
  if (graph.value.nodes.length === 0) return <NoGraph title="The policy has no services" />
  const { wholeGraph: whole, filter: chosen } = route.value
  const focused = focusGraph(graph.value, { whole, chosen })
  return (
    <div class="graph-and-edges">
      <div class="graph-area">
        {graph.value.nodes.length > mostNodes && <HowMuch focused={focused} />}
        {focused.graph.nodes.length > 0 ? (
          <GraphPicture graph={focused.graph} />
        ) : (
          <NoGraph title="No edge fails, and none is undeclared" />
        )}
      </div>
      <section class="edges" aria-label="Edges">
        <EdgeCard graph={graph.value} />
        <EdgeList graph={graph.value} />
      </section>
    </div>
  )
}

function NoGraph({ title }: { title: string }): JSX.Element {
  return (
    <div class="empty small">
      <h2>{title}</h2>
    </div>
  )
}
