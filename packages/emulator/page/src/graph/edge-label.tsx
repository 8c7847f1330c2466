import type { JSX } from 'preact'
import type { Point } from '../model/graph-layout.ts'
import type { EdgeKind } from '../model/service-graph.ts'

interface EdgeLabelProps {
  readonly text: string
  readonly kind: EdgeKind
  readonly at: Point
}

const height = 16
/** Of a bold letter at the size of the style sheet, on the safe side. */
const letterWidth = 6.8

/** What is written on an edge, on a ground of its own: the line must not run through the letters. */
export function EdgeLabel({ text, kind, at }: EdgeLabelProps): JSX.Element {
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
