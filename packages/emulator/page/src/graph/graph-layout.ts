import { Graph, layout } from '@dagrejs/dagre'
import { bareName, isClaimed, shortName } from '../model/parties.ts'
import { keyOf, type ServiceGraph } from './service-graph.ts'

/** Positions in the diagram, in units of the SVG. */
export interface GraphLayout {
  width: number
  height: number
  /** By the id of the node. */
  nodes: ReadonlyMap<string, Box>
  /** By the edge's key. */
  edges: ReadonlyMap<string, EdgeRoute>
}

/** The route of an edge, and the position of its label. */
export interface EdgeRoute {
  /** From the border of one node to the border of the other. */
  points: readonly Point[]
  label: Point
}

/** A position in the diagram. */
export interface Point {
  x: number
  y: number
}

/** Centre and size of a node. */
export interface Box extends Point {
  width: number
  height: number
}

const nodeHeight = 30

const longestName = 30

const margin = 24

/** Every edge reserves space for a label, so that a label that appears later moves nothing. */
const labelSize = { width: 104, height: 16 }

/** Whether callers are on the left of their receivers, or above them. */
export type Direction = 'right' | 'down'

/** Lays a graph out in one direction. */
export function layOut(
  { nodes, edges }: ServiceGraph,
  direction: Direction = 'right',
): GraphLayout {
  const graph = new Graph({ directed: true })
  const rankdir = direction === 'right' ? 'LR' : 'TB'
  graph.setGraph({ rankdir, nodesep: 18, ranksep: 28, acyclicer: 'greedy' })
  for (const { id } of nodes) graph.setNode(id, { width: widthOf(id), height: nodeHeight })
  for (const { from, to } of edges) graph.setEdge(from, to, { ...labelSize, labelpos: 'c' })
  layout(graph)
  const boxes = nodes.map(({ id }) => [id, graph.node(id)] as const)
  const routes = edges.map(({ from, to }) => [keyOf(from, to), routeOf(graph, from, to)] as const)
  return shifted(new Map(boxes), new Map(apart(routes)))
}

/** Moves the labels of opposite edges between two nodes apart, if they would overlap. */
function apart(routes: readonly (readonly [string, EdgeRoute])[]): typeof routes {
  const byKey = new Map(routes)
  return routes.map(([key, route]) => {
    const opposite = byKey.get(key.split(' ').reverse().join(' '))?.label
    if (!opposite || opposite === route.label || !isOver(route.label, opposite)) return [key, route]
    const { x, y } = route.label
    const isAbove = y === opposite.y ? key < key.split(' ').reverse().join(' ') : y < opposite.y
    const middle = (y + opposite.y) / 2
    return [
      key,
      { ...route, label: { x, y: middle + (isAbove ? -1 : 1) * (labelSize.height / 2) } },
    ]
  })
}

function isOver(one: Point, other: Point): boolean {
  const { width, height } = labelSize
  return Math.abs(one.x - other.x) < width && Math.abs(one.y - other.y) < height
}

function widthOf(id: string): number {
  return 30 + labelOf(id).length * 7.4
}

/** Name of a node, shortened to fit into its box. */
export function labelOf(id: string): string {
  const name = shortName(bareName(id))
  const cut = name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name
  return isClaimed(id) ? `${cut} (claimed)` : cut
}

function routeOf(graph: Graph, from: string, to: string): EdgeRoute {
  const { points } = graph.edge({ v: from, w: to })
  return { points, label: middleOf(points) }
}

/** Midpoint of the path's middle curve, where the label goes. */
function middleOf(points: readonly Point[]): Point {
  const at = Math.floor(points.length / 2)
  const bend = points[at] ?? { x: 0, y: 0 }
  const before = at === 1 ? points[0] : between(points[at - 1] ?? bend, bend)
  const after = at === points.length - 2 ? points[at + 1] : between(bend, points[at + 1] ?? bend)
  return between(bend, between(before ?? bend, after ?? bend))
}

function between(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }
}

/**
 * Moves everything into view: routes can bend beyond the boxes, and dagre's size counts only the
 * boxes. Labels are where they are drawn, not where dagre reserved space for them.
 */
function shifted(nodes: GraphLayout['nodes'], edges: GraphLayout['edges']): GraphLayout {
  const corners = [...nodes.values()].flatMap(cornersOf)
  const routes = [...edges.values()]
  const labels = routes.flatMap(({ label }) => cornersOf({ ...label, ...labelSize }))
  const points = [...corners, ...labels, ...routes.flatMap((route) => route.points)]
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const [left, top] = [least(xs) - margin, least(ys) - margin]
  function shift<P extends Point>(point: P): P {
    return {
      ...point,
      x: point.x - left,
      y: point.y - top,
    }
  }
  return {
    width: -least(xs.map((x) => -x)) + margin - left,
    height: -least(ys.map((y) => -y)) + margin - top,
    nodes: new Map([...nodes].map(([id, box]) => [id, shift(box)])),
    edges: new Map(
      [...edges].map(([key, { points: routePoints, label }]) => [
        key,
        { points: routePoints.map(shift), label: shift(label) },
      ]),
    ),
  }
}

function cornersOf({ x, y, width, height }: Box): Point[] {
  return [
    { x: x - width / 2, y: y - height / 2 },
    { x: x + width / 2, y: y + height / 2 },
  ]
}

function least(values: readonly number[]): number {
  return values.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
}

/** SVG path through points, with rounded bends. */
export function pathThrough([first, ...rest]: readonly Point[]): string {
  if (!first) return ''
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? point
    const isLast = index === rest.length - 2
    const x = isLast ? next.x : (point.x + next.x) / 2
    const y = isLast ? next.y : (point.y + next.y) / 2
    return `Q${round(point.x)},${round(point.y)} ${round(x)},${round(y)}`
  })
  const straight = rest.length === 1 && rest[0] ? `L${round(rest[0].x)},${round(rest[0].y)}` : ''
  return `M${round(first.x)},${round(first.y)}${straight}${bends.join('')}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
