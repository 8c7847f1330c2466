import { type GraphEdge, keyOf, kindOf, type ServiceGraph } from './service-graph.ts'

/** With more nodes than this, a picture of all of them helps nobody. */
export const maxNodes = 30

/** A graph, and how much of it was left out. */
export interface FocusedGraph {
  graph: ServiceGraph
  hiddenNodes: number
  /** Of the edges that fail or that nobody declared, how many there was no room for. */
  hiddenProblems: number
}

/** What is to be shown in any case. */
interface FocusOptions {
  /** All of it, however large. */
  whole?: boolean
  /** The edge that the user chose. */
  chosen?: { from: string; to: string }
}

/**
 * Of a large graph, what needs a look: the edges that nobody declared and those that fail, then their
 * neighbours, as far as there is room.
 *
 * @param graph all of it
 * @param options what is to be shown in any case
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

/** The ends of the first edges that there is room for, then the neighbours of these. */
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
  return kind === 'failing' || kind === 'undeclared'
}

/** By name within a kind: which call failed first, and how often, must not move the picture. */
function bySeverity(one: GraphEdge, other: GraphEdge): number {
  const gravity = Number(isUndeclared(other)) - Number(isUndeclared(one))
  return gravity || compare(keyOf(one.from, one.to), keyOf(other.from, other.to))
}

function isUndeclared(edge: GraphEdge): boolean {
  return kindOf(edge) === 'undeclared'
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
