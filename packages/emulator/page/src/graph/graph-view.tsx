import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { focusGraph } from '../model/graph-focus.ts'
import { graphOf } from '../model/service-graph.ts'
import { counted } from '../model/words.ts'
import { go, route } from '../store/location.ts'
import { connection, log, recording, state } from '../store/run.ts'
import { EdgeCard } from './edge-card.tsx'
import { EdgeList } from './edge-list.tsx'
import { GraphPicture } from './graph-picture.tsx'

/** Who calls whom: as declared, and as it happened. */
export function GraphView(): JSX.Element {
  const graph = useComputed(() => state.value && graphOf(state.value, log.value.calls))
  if (connection.value === 'connecting' && !recording.value) {
    return <NoGraph title="Connecting to the emulator" />
  }
  if (!graph.value) return <NoGraph title="Nothing to show" />
  if (graph.value.nodes.length === 0) return <NoGraph title="The policy has no services" />
  const focused = focusGraph(graph.value, route.value.wholeGraph)
  return (
    <div class="graph-and-edges">
      <div class="graph-area">
        {(focused.hiddenNodes > 0 || route.value.wholeGraph) && (
          <HowMuch hidden={focused.hiddenNodes} all={graph.value.nodes.length} />
        )}
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

function HowMuch({ hidden, all }: { hidden: number; all: number }): JSX.Element {
  return (
    <div class="how-much">
      <p>
        {hidden > 0
          ? `Failing and undeclared edges, and their neighbours. ${counted(hidden, 'service')} hidden.`
          : `All ${counted(all, 'service')}.`}
      </p>
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

function NoGraph({ title }: { title: string }): JSX.Element {
  return (
    <div class="empty small">
      <h2>{title}</h2>
    </div>
  )
}
