import type { JSX } from 'preact'
import { pathThrough, type Way } from '../model/graph-layout.ts'
import { type GraphEdge, kindOf } from '../model/service-graph.ts'
import { setFilter } from '../store/location.ts'
import { EdgeLabel } from './edge-label.tsx'
import { callsOf, shortLabel } from './edge-words.ts'

interface EdgeLineProps {
  readonly edge: GraphEdge
  readonly way: Way
  readonly isSelected: boolean
}

/** An arrow from caller to receiver; its dashes and its label say what its colour says. */
export function EdgeLine({ edge, way, isSelected }: EdgeLineProps): JSX.Element {
  const { from, to } = edge
  const kind = kindOf(edge)
  const path = pathThrough(way.points)
  const label = shortLabel(edge)
  return (
    <g
      class={`edge ${kind} ${isSelected ? 'selected' : ''}`}
      onClick={() => setFilter({ from, to })}
    >
      <title>{`${from} → ${to}: ${callsOf(edge)}`}</title>
      <path class="edge-reach" d={path} />
      <path class="edge-line" d={path} marker-end={`url(#head-${kind})`} />
      {/* By its kind, as a new element: Chromium keeps the old style of one that is moved meanwhile. */}
      {label && <EdgeLabel key={kind} text={label} kind={kind} at={way.label} />}
    </g>
  )
}
