import type { CallHandled, EmulatorState } from '@countersign/emulator'
import { operationText, pathOf } from '../advice/operations.ts'
import { isProblem } from '../model/outcome.ts'
import { anonymous, callerName, isClaimed } from '../model/parties.ts'
import { counted } from '../model/words.ts'

/** A service, or another caller. */
export interface GraphNode {
  id: string
  /**
   * `outside`: not a service in the policy, but all its calls are declared, such as a sender of
   * pushes. `unknown`: an account with undeclared calls. `claimed`: the name comes from a token
   * that is not valid.
   */
  kind: 'service' | 'outside' | 'unknown' | 'claimed' | 'anonymous'
}

/** One caller and one receiver: the declaration and the observed calls. */
export interface GraphEdge {
  from: string
  to: string
  /** Whether the policy has this edge. */
  declared: boolean
  calls: number
  /** Number of calls that were refused or failed. */
  failed: number
  /** Number of calls that the policy does not allow. */
  undeclared: number
  /** The newest call that the policy does not allow; never one of a claimed caller. */
  example?: CallHandled
}

/** All services and callers, with the edges between them. */
export interface ServiceGraph {
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
}

/** Kinds of edges, in the order of the list. An edge has the most severe kind that applies. */
export const edgeKinds = ['undeclared', 'partly', 'failing', 'unused', 'used'] as const

export type EdgeKind = (typeof edgeKinds)[number]

/** Builds one graph from the edges of the policy and the observed calls. */
export function graphOf(state: EmulatorState, calls: readonly CallHandled[]): ServiceGraph {
  const edges = new Map<string, GraphEdge>()
  for (const { from, to } of state.edges) edges.set(keyOf(from, to), emptyEdge(from, to, true))
  for (const call of calls) {
    const from = callerName(call.caller)
    const key = keyOf(from, call.receiver)
    edges.set(key, withCall(edges.get(key) ?? emptyEdge(from, call.receiver, false), call))
  }
  const services = state.services.map(({ name }) => name)
  const others = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]))
  for (const name of services) others.delete(name)
  const strangers = [...others].map((id) => ({ id, kind: strangerKind(id, [...edges.values()]) }))
  const nodes = [...services.map((id) => ({ id, kind: 'service' as const })), ...strangers]
  return { nodes, edges: [...edges.values()] }
}

/** Key of an edge; names of services contain no spaces. */
export function keyOf(from: string, to: string): string {
  return `${from} ${to}`
}

function emptyEdge(from: string, to: string, declared: boolean): GraphEdge {
  return { from, to, declared, calls: 0, failed: 0, undeclared: 0 }
}

function withCall(edge: GraphEdge, call: CallHandled): GraphEdge {
  // A caller that only claims a name must not cause a policy entry for that name.
  const example = call.declared || isClaimed(edge.from) ? edge.example : call
  return {
    ...edge,
    calls: edge.calls + 1,
    failed: edge.failed + (isProblem(call) ? 1 : 0),
    undeclared: edge.undeclared + (call.declared ? 0 : 1),
    ...(example && { example }),
  }
}

function strangerKind(id: string, edges: readonly GraphEdge[]): GraphNode['kind'] {
  if (id === anonymous) return 'anonymous'
  if (isClaimed(id)) return 'claimed'
  return edges.some(({ from, undeclared }) => from === id && undeclared > 0) ? 'unknown' : 'outside'
}

/**
 * The most severe kind that applies to an edge. It is `undeclared` only if the policy has nothing
 * for it; with some operations that are not declared it is `partly` declared.
 */
export function kindOf({ declared, calls, failed, undeclared }: GraphEdge): EdgeKind {
  if (undeclared > 0) return declared || undeclared < calls ? 'partly' : 'undeclared'
  if (failed > 0) return 'failing'
  return calls > 0 ? 'used' : 'unused'
}

/** Heading of each kind of edge. */
export const kindNames: Record<EdgeKind, string> = {
  undeclared: 'Used, but not declared',
  partly: 'Declared, but not every call',
  failing: 'Failing',
  used: 'Used',
  unused: 'Declared, but unused',
}

/** Label of an edge in the diagram; empty for an edge without problems. */
export function shortLabel(edge: GraphEdge): string {
  const kind = kindOf(edge)
  if (kind === 'undeclared') return `undeclared ${edge.undeclared}`
  if (kind === 'partly') return `undeclared ${edge.undeclared}/${edge.calls}`
  if (kind === 'failing') return `✕ ${edge.failed} of ${edge.calls}`
  return kind === 'unused' ? 'unused' : ''
}

/** Number of calls on an edge, such as `12 calls, 11 of them declared, 3 failed`. */
export function callsOf(edge: GraphEdge): string {
  const { calls, failed, undeclared } = edge
  if (calls === 0) return 'no calls'
  const declared = kindOf(edge) === 'partly' ? `, ${calls - undeclared} of them declared` : ''
  return `${counted(calls, 'call')}${declared}${failed > 0 ? `, ${failed} failed` : ''}`
}

/** An operation that the policy does not declare on an edge. */
export interface UndeclaredOperation {
  /** Method and path, without the query. */
  operation: string
  calls: number
}

/** The undeclared operations of an edge, in the order of their first calls. */
export function undeclaredOperations(
  { from, to }: Pick<GraphEdge, 'from' | 'to'>,
  calls: readonly CallHandled[],
): readonly UndeclaredOperation[] {
  const undeclared = calls.filter((call) => {
    return !call.declared && call.receiver === to && callerName(call.caller) === from
  })
  const groups = Map.groupBy(undeclared, ({ method, target }) => {
    return operationText({ method, path: pathOf(target) })
  })
  return [...groups].map(([operation, { length }]) => ({ operation, calls: length }))
}
