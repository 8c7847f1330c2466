import type { JSX } from 'preact'
import { type Point, pathThrough } from '../model/graph-layout.ts'
import { type GraphEdge, kindOf } from '../model/service-graph.ts'
import { setFilter } from '../store/location.ts'
import { callsOf, shortLabel } from './edge-words.ts'

interface EdgeLineProps {
  readonly edge: GraphEdge
  readonly points: readonly Point[]
  readonly isSelected: boolean
}

/** An arrow from caller to receiver; its dashes and its label say what its colour says. */
export function EdgeLine({ edge, points, isSelected }: EdgeLineProps): JSX.Element {
  const { from, to } = edge
  const kind = kindOf(edge)
  const path = pathThrough(points)
  const middle = points[Math.floor(points.length / 2)]
  const label = shortLabel(edge)
  return (
    <g
      class={`edge ${kind} ${isSelected ? 'selected' : ''}`}
      onClick={() => setFilter({ from, to })}
    >
      <title>{`${from} → ${to}: ${callsOf(edge)}`}</title>
      <path class="edge-reach" d={path} />
      <path class="edge-line" d={path} marker-end={`url(#head-${kind})`} />
      {middle && label && (
        <text x={middle.x} y={middle.y - 6} text-anchor="middle">
          {label}
        </text>
      )}
    </g>
  )
}
