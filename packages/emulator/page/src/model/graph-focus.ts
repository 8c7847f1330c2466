import { type GraphEdge, kindOf, type ServiceGraph } from './service-graph.ts'

/** With more nodes than this, a picture of all of them helps nobody. */
export const mostNodes = 30

/** A graph, and how much of it was left out. */
export interface FocusedGraph {
  readonly graph: ServiceGraph
  readonly hiddenNodes: number
}

/**
 * Of a large graph, what needs a look: the edges that fail or that nobody declared, and their
 * neighbours, unless these are too many again.
 *
 * @param graph all of it
 * @param whole show all of it nevertheless
 */
export function focusGraph(graph: ServiceGraph, whole: boolean): FocusedGraph {
  if (whole || graph.nodes.length <= mostNodes) return { graph, hiddenNodes: 0 }
  const ends = endsOf(graph.edges.filter(needsLook))
  const around = endsOf(graph.edges.filter(({ from, to }) => ends.has(from) || ends.has(to)))
  const shown = around.size <= mostNodes ? around : ends
  const focused = {
    nodes: graph.nodes.filter(({ id }) => shown.has(id)),
    edges: graph.edges.filter(({ from, to }) => shown.has(from) && shown.has(to)),
  }
  return { graph: focused, hiddenNodes: graph.nodes.length - focused.nodes.length }
}

function endsOf(edges: readonly GraphEdge[]): ReadonlySet<string> {
  return new Set(edges.flatMap(({ from, to }) => [from, to]))
}

function needsLook(edge: GraphEdge): boolean {
  const kind = kindOf(edge)
  return kind === 'failing' || kind === 'undeclared'
}
