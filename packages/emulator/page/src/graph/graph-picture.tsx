import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { type GraphLayout, layOut } from '../model/graph-layout.ts'
import { keyOf, kindOf, type ServiceGraph } from '../model/service-graph.ts'
import { filter } from '../store/location.ts'
import { EdgeLine } from './edge-line.tsx'
import { NodeBox } from './node-box.tsx'
import { Zoom } from './zoom.tsx'

/** What fits in less than this could not be read: it is scrolled. */
const leastFit = 0.6

/** The graph as a picture. All it says stands in the list of edges too, which has the keys. */
export function GraphPicture({ graph }: { graph: ServiceGraph }): JSX.Element {
  const zoom = useSignal<number | undefined>(undefined)
  const layout = useLayout(graph)
  const selected = useComputed(() => keyOf(filter.value.from, filter.value.to))
  const { width, height } = layout
  const drawn = graph.edges.toSorted((one, other) => gravity(one) - gravity(other))
  return (
    <>
      <section class="graph-scroller" aria-label="Picture of the services" tabIndex={0}>
        <svg
          role="img"
          aria-label={`${graph.nodes.length} services and callers, ${graph.edges.length} edges; listed beside`}
          viewBox={`0 0 ${width} ${height}`}
          class={zoom.value === undefined ? 'fitting' : undefined}
          style={zoom.value === undefined ? leastSize(layout) : undefined}
          width={width * (zoom.value ?? 1)}
          height={height * (zoom.value ?? 1)}
        >
          <Arrowheads />
          {drawn.map((edge) => {
            const key = keyOf(edge.from, edge.to)
            const way = layout.edges.get(key)
            const isSelected = key === selected.value
            return way && <EdgeLine key={key} edge={edge} way={way} isSelected={isSelected} />
          })}
          {graph.nodes.map((node) => {
            const box = layout.nodes.get(node.id)
            return box && <NodeBox key={node.id} node={node} box={box} />
          })}
        </svg>
      </section>
      <Zoom zoom={zoom} />
    </>
  )
}

function leastSize({ width, height }: GraphLayout): Record<string, string> {
  return { minWidth: `${width * leastFit}px`, minHeight: `${height * leastFit}px` }
}

/** Laying out costs; counts that change while calls come must not move anything. */
function useLayout(graph: ServiceGraph): GraphLayout {
  const nodes = graph.nodes.map(({ id }) => id).join(' ')
  const edges = graph.edges.map(({ from, to }) => keyOf(from, to)).join(',')
  return useMemo(() => layOut(graph), [nodes, edges])
}

/** What needs a look is drawn last, above the rest. */
function gravity(edge: ServiceGraph['edges'][number]): number {
  return ['unused', 'used', 'failing', 'undeclared'].indexOf(kindOf(edge))
}

function Arrowheads(): JSX.Element {
  return (
    <defs>
      {['used', 'unused', 'failing', 'undeclared'].map((kind) => (
        <marker
          key={kind}
          id={`head-${kind}`}
          class={`head ${kind}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0,0.5 L8,4 L0,7.5 Z" />
        </marker>
      ))}
    </defs>
  )
}
