import type { CallHandled, EmulatorState } from '@countersign/emulator'
import { isProblem } from '../model/outcome.ts'
import { anonymous, callerName, isClaimed } from '../model/parties.ts'
import { counted } from '../model/words.ts'

/** A service, or somebody who called one. */
export interface GraphNode {
  id: string
  /**
   * `outside`: no service of the policy, though it calls what it may, as senders of pushes do.
   * `unknown`: it calls what nobody has declared. `claimed`: it says whom it is, with a token that is
   * not valid.
   */
  kind: 'service' | 'outside' | 'unknown' | 'claimed' | 'anonymous'
}

/** Who calls whom: as the policy says, and as it happened. */
export interface GraphEdge {
  from: string
  to: string
  /** An arrow of the policy. */
  declared: boolean
  calls: number
  /** Of these, how many were refused or failed. */
  failed: number
  /** Calls that the policy does not let through. */
  undeclared: number
  /** What to add to the policy, from the newest call. */
  snippet?: string
}

/** All services and callers. */
export interface ServiceGraph {
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
}

/** How an edge is drawn and listed, in the order of the list; the gravest counts. */
export const edgeKinds = ['undeclared', 'failing', 'unused', 'used'] as const

export type EdgeKind = (typeof edgeKinds)[number]

/**
 * The policy's arrows and those that were used, in one graph.
 *
 * @param state what the emulator is made of
 * @param calls what happened
 */
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

/** Names an edge; no service's name holds a blank. */
export function keyOf(from: string, to: string): string {
  return `${from} ${to}`
}

function emptyEdge(from: string, to: string, declared: boolean): GraphEdge {
  return { from, to, declared, calls: 0, failed: 0, undeclared: 0 }
}

function withCall(edge: GraphEdge, call: CallHandled): GraphEdge {
  // Nobody should be let in because somebody else has used the name.
  const { snippet = edge.snippet } = isClaimed(edge.from) ? edge : call
  return {
    ...edge,
    calls: edge.calls + 1,
    failed: edge.failed + (isProblem(call) ? 1 : 0),
    undeclared: edge.undeclared + (call.declared ? 0 : 1),
    ...(snippet !== undefined && { snippet }),
  }
}

function strangerKind(id: string, edges: readonly GraphEdge[]): GraphNode['kind'] {
  if (id === anonymous) return 'anonymous'
  if (isClaimed(id)) return 'claimed'
  return edges.some(({ from, undeclared }) => from === id && undeclared > 0) ? 'unknown' : 'outside'
}

/** The gravest that can be said of an edge. */
export function kindOf({ calls, failed, undeclared }: GraphEdge): EdgeKind {
  if (undeclared > 0) return 'undeclared'
  if (failed > 0) return 'failing'
  return calls > 0 ? 'used' : 'unused'
}

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
