import { type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { filter, setFilter } from '../store/location.ts'
import {
  type Box,
  type Direction,
  type EdgeRoute,
  type GraphLayout,
  labelOf,
  layOut,
  type Point,
  pathThrough,
} from './graph-layout.ts'
import {
  callsOf,
  type EdgeKind,
  edgeKinds,
  type GraphEdge,
  type GraphNode,
  keyOf,
  kindOf,
  type ServiceGraph,
  shortLabel,
} from './service-graph.ts'

/** Below this scale names are not readable: a large diagram scrolls instead. */
const leastReadable = 0.6

/** Number of nodes from which a diagram scrolls instead of being smaller than readable. */
const many = 16

/** The scale: `fit` shows the whole diagram, `readable` no smaller than readable. */
type Scale = number | 'fit' | 'readable'

/** The graph as a diagram. The list of edges has the same content and is reachable by keyboard. */
export function GraphPicture({ graph }: { graph: ServiceGraph }): JSX.Element {
  const zoom = useSignal<Scale>(graph.nodes.length < many ? 'fit' : 'readable')
  const layout = useLayout(graph)
  const selected = useComputed(() => keyOf(filter.value.from, filter.value.to))
  const { width, height } = layout
  const drawn = graph.edges.toSorted((one, other) => drawnAt[kindOf(one)] - drawnAt[kindOf(other)])
  return (
    <>
      <section class="graph-scroller" aria-label="Diagram of the services" tabIndex={0}>
        <svg
          role="img"
          aria-label={`${graph.nodes.length} services and callers, ${graph.edges.length} edges; also in the list`}
          viewBox={`0 0 ${width} ${height}`}
          class={typeof zoom.value === 'string' ? 'fitting' : undefined}
          style={zoom.value === 'readable' ? leastSize(layout) : undefined}
          width={width * factorOf(zoom.value)}
          height={height * factorOf(zoom.value)}
        >
          <Arrowheads />
          {drawn.map((edge) => {
            const key = keyOf(edge.from, edge.to)
            const route = layout.edges.get(key)
            const isSelected = key === selected.value
            return route && <EdgeLine key={key} edge={edge} route={route} isSelected={isSelected} />
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

function factorOf(scale: Scale): number {
  return typeof scale === 'number' ? scale : 1
}

function leastSize({ width, height }: GraphLayout): Record<string, string> {
  return { minWidth: `${width * leastReadable}px`, minHeight: `${height * leastReadable}px` }
}

/**
 * Layout is slow, and new calls must not move anything: only new nodes or edges cause another one.
 */
function useLayout(graph: ServiceGraph): GraphLayout {
  const nodes = graph.nodes.map(({ id }) => id).join(' ')
  const edges = graph.edges.map(({ from, to }) => keyOf(from, to)).join(',')
  const direction = useDirection()
  return useMemo(() => layOut(graph, direction), [nodes, edges, direction])
}

/** On a narrow page the diagram runs from top to bottom: there it is readable without scrolling. */
function useDirection(): Direction {
  const query = useMemo(() => matchMedia('(max-width: 720px)'), [])
  const isNarrow = useSignal(query.matches)
  useSignalEffect(() => {
    function follow(): void {
      isNarrow.value = query.matches
    }
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  })
  return isNarrow.value ? 'down' : 'right'
}

/** Problems are drawn last, above the other edges. */
const drawnAt: Readonly<Record<EdgeKind, number>> = {
  unused: 0,
  used: 1,
  failing: 2,
  partly: 3,
  undeclared: 4,
}

function Arrowheads(): JSX.Element {
  return (
    <defs>
      {edgeKinds.map((kind) => (
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

interface EdgeLineProps {
  edge: GraphEdge
  route: EdgeRoute
  isSelected: boolean
}

/** An arrow from caller to receiver. Dashes and label carry the same meaning as the colour. */
function EdgeLine({ edge, route, isSelected }: EdgeLineProps): JSX.Element {
  const { from, to } = edge
  const kind = kindOf(edge)
  const path = pathThrough(route.points)
  const label = shortLabel(edge)
  return (
    <g
      class={`edge ${kind} ${isSelected ? 'selected' : ''}`}
      onClick={() => setFilter({ from, to })}
    >
      <title>{`${from} → ${to}: ${callsOf(edge)}`}</title>
      <path class="edge-reach" d={path} />
      <path class="edge-line" d={path} marker-end={`url(#head-${kind})`} />
      {/* A new element for each kind: Chromium keeps the old style of an element that moves. */}
      {label && <EdgeLabel key={kind} text={label} kind={kind} at={route.label} />}
    </g>
  )
}

interface EdgeLabelProps {
  text: string
  kind: EdgeKind
  at: Point
}

const height = 16

/** Upper bound for a bold letter in the font size of the style sheet. */
const letterWidth = 6.8

/** Label of an edge, on a background, so that the line does not cross the letters. */
function EdgeLabel({ text, kind, at }: EdgeLabelProps): JSX.Element {
  const width = text.length * letterWidth + 6
  return (
    <g class={`edge-label ${kind}`}>
      <rect x={at.x - width / 2} y={at.y - height / 2} width={width} height={height} rx="3" />
      <text x={at.x} y={at.y + 4} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}

interface NodeBoxProps {
  node: GraphNode
  box: Box
}

const kindNotes = {
  service: '',
  outside: ': not a service in the policy; all its calls are declared',
  unknown: ': no service in the policy has this account',
  claimed: ': claimed by a token that is not valid',
  anonymous: ': calls without a token',
}

/** Box of a service or another caller. */
function NodeBox({ node, box }: NodeBoxProps): JSX.Element {
  const { x, y, width, height } = box
  return (
    <g class={`node ${node.kind}`}>
      <title>{node.id + kindNotes[node.kind]}</title>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="6" />
      <text x={x} y={y + 4} text-anchor="middle">
        {labelOf(node.id)}
      </text>
    </g>
  )
}

const steps = [0.25, 0.5, 0.75, 1, 1.5, 2]

/**
 * Buttons that scale the diagram.
 *
 * @param zoom the scale
 */
function Zoom({ zoom }: { zoom: Signal<Scale> }): JSX.Element {
  function move(by: number): void {
    const at = steps.indexOf(factorOf(zoom.value)) + by
    zoom.value = steps[Math.max(0, Math.min(steps.length - 1, at))] ?? 1
  }
  return (
    <div class="zoom">
      <button type="button" class="button" aria-label="Zoom out" onClick={() => move(-1)}>
        −
      </button>
      <button
        type="button"
        class="button"
        onClick={() => {
          zoom.value = 'fit'
        }}
      >
        Fit
      </button>
      <button type="button" class="button" aria-label="Zoom in" onClick={() => move(1)}>
        +
      </button>
    </div>
  )
}
