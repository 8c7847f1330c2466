import type { JSX } from 'preact'
import { type Box, labelOf } from '../model/graph-layout.ts'
import type { GraphNode } from '../model/service-graph.ts'

interface NodeBoxProps {
  readonly node: GraphNode
  readonly box: Box
}

const kinds = {
  service: '',
  outside: ': no service of the policy; it calls what it may',
  unknown: ': no service of the policy has this account',
  claimed: ': its token says so, but is not valid',
  anonymous: ': calls without a token',
}

/** A service, or somebody who called one. */
export function NodeBox({ node, box }: NodeBoxProps): JSX.Element {
  const { x, y, width, height } = box
  return (
    <g class={`node ${node.kind}`}>
      <title>{node.id + kinds[node.kind]}</title>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="6" />
      <text x={x} y={y + 4} text-anchor="middle">
        {labelOf(node.id)}
      </text>
    </g>
  )
}
