import { type EdgeKind, type GraphEdge, kindOf } from '../model/service-graph.ts'
import { counted } from '../model/words.ts'

/** What each kind of edge is called. */
export const kindNames: Record<EdgeKind, string> = {
  undeclared: 'Used, but not declared',
  failing: 'Failing',
  used: 'Used',
  unused: 'Declared, but unused',
}

/** What is written at an edge of the picture; nothing at one that is used and well. */
export function shortLabel(edge: GraphEdge): string {
  const kind = kindOf(edge)
  if (kind === 'undeclared') return `undeclared ${edge.undeclared}`
  if (kind === 'failing') return `✕ ${edge.failed} of ${edge.calls}`
  return kind === 'unused' ? 'unused' : ''
}

/** An edge's calls in words: `12 calls, 3 failed`. */
export function callsOf({ calls, failed }: GraphEdge): string {
  if (calls === 0) return 'no calls'
  return failed > 0 ? `${counted(calls, 'call')}, ${failed} failed` : counted(calls, 'call')
}
