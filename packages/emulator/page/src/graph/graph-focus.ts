import { type GraphEdge, keyOf, kindOf, type ServiceGraph } from './service-graph.ts'

/** A diagram with more nodes is not readable. */
export const maxNodes = 30

/** A part of a graph, and how much was left out. */
export interface FocusedGraph {
  graph: ServiceGraph
  hiddenNodes: number
  /** Number of failing or undeclared edges that did not fit. */
  hiddenProblems: number
}

/** What the user wants to see in any case. */
interface FocusOptions {
  /** The whole graph, whatever its size. */
  whole?: boolean
  /** The chosen edge. */
  chosen?: { from: string; to: string }
}

/**
 * Reduces a large graph to its problems: undeclared and failing edges, then their neighbours, up to
 * the maximum number of nodes.
 */
export function focusGraph(graph: ServiceGraph, options: FocusOptions = {}): FocusedGraph {
  if (options.whole || graph.nodes.length <= maxNodes) {
    return { graph, hiddenNodes: 0, hiddenProblems: 0 }
  }
  const problems = graph.edges.filter(isProblem).toSorted(bySeverity)
  const shown = nodesAround(graph.edges, [...chosenOf(graph, options), ...problems])
  const focused = {
    nodes: graph.nodes.filter(({ id }) => shown.has(id)),
    edges: graph.edges.filter(({ from, to }) => shown.has(from) && shown.has(to)),
  }
  return {
    graph: focused,
    hiddenNodes: graph.nodes.length - focused.nodes.length,
    hiddenProblems: problems.length - focused.edges.filter(isProblem).length,
  }
}

/** Nodes of the given edges as far as they fit, then neighbours of these nodes. */
function nodesAround(
  edges: readonly GraphEdge[],
  first: readonly GraphEdge[],
): ReadonlySet<string> {
  const shown = new Set<string>()
  for (const edge of first) addEnds(shown, edge)
  const ends = new Set(shown)
  for (const edge of edges) if (ends.has(edge.from) || ends.has(edge.to)) addEnds(shown, edge)
  return shown
}

function addEnds(shown: Set<string>, { from, to }: GraphEdge): void {
  const withEnds = new Set([...shown, from, to])
  if (withEnds.size <= maxNodes) for (const id of [from, to]) shown.add(id)
}

function chosenOf({ edges }: ServiceGraph, { chosen }: FocusOptions): readonly GraphEdge[] {
  return edges.filter(({ from, to }) => from === chosen?.from && to === chosen.to)
}

function isProblem(edge: GraphEdge): boolean {
  const kind = kindOf(edge)
  return kind === 'failing' || kind === 'undeclared' || kind === 'partly'
}

/** By name within a kind: the order and number of failed calls must not move the diagram. */
function bySeverity(one: GraphEdge, other: GraphEdge): number {
  const gravity = Number(isUndeclared(other)) - Number(isUndeclared(one))
  return gravity || compare(keyOf(one.from, one.to), keyOf(other.from, other.to))
}

function isUndeclared(edge: GraphEdge): boolean {
  const kind = kindOf(edge)
  return kind === 'undeclared' || kind === 'partly'
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
