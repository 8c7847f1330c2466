import type { CallHandled } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { focusGraph, maxNodes } from '../../src/graph/graph-focus.ts'
import { graphOf, type ServiceGraph } from '../../src/graph/service-graph.ts'
import { accountOf, call, stateOf } from '../events.ts'

const names = Array.from({ length: 100 }, (_, index) => `service-${index}`)

function failing(from: string, to: string, overrides: Partial<CallHandled> = {}): CallHandled {
  const caller = { service: from, account: accountOf(from), verified: true }
  return call({ caller, receiver: to, status: 500, ...overrides })
}

function idsOf({ graph }: { graph: ServiceGraph }): string[] {
  return graph.nodes.map(({ id }) => id)
}

/** Each service calls the next. */
function chain(calls: readonly CallHandled[]): ServiceGraph {
  const edges = names.slice(1).map((to, index) => ({ from: names[index] ?? '', to }))
  return graphOf(stateOf(names, edges), calls)
}

/** The first service calls all others. */
function star(calls: readonly CallHandled[]): ServiceGraph {
  const edges = names.slice(1).map((to) => ({ from: 'service-0', to }))
  return graphOf(stateOf(names, edges), calls)
}

test('a small graph, and one that the user asks for, are shown completely', () => {
  const small = graphOf(stateOf(names.slice(0, maxNodes)), [])
  expect(focusGraph(small)).toEqual({ graph: small, hiddenNodes: 0, hiddenProblems: 0 })
  const large = chain([])
  expect(focusGraph(large, { whole: true }).graph).toBe(large)
})

test('a large graph is reduced to failing edges and their neighbours', () => {
  const focused = focusGraph(chain([failing('service-10', 'service-11')]))
  expect(idsOf(focused)).toEqual(['service-9', 'service-10', 'service-11', 'service-12'])
  expect(focused.graph.edges).toHaveLength(3)
  expect(focused).toMatchObject({ hiddenNodes: 96, hiddenProblems: 0 })
})

test('if there are too many neighbours, only some are shown', () => {
  const focused = focusGraph(star([failing('service-0', 'service-77')]))
  expect(idsOf(focused)).toHaveLength(maxNodes)
  expect(idsOf(focused)).toContain('service-77')
  expect(focused).toMatchObject({ hiddenNodes: 100 - maxNodes, hiddenProblems: 0 })
})

test('if there are too many failing edges, only some are shown, and the rest is counted', () => {
  const focused = focusGraph(star(names.slice(1).map((to) => failing('service-0', to))))
  expect(idsOf(focused)).toHaveLength(maxNodes)
  expect(focused.graph.edges).toHaveLength(maxNodes - 1)
  expect(focused.hiddenProblems).toBe(99 - (maxNodes - 1))
})

test('undeclared edges come before failing ones', () => {
  const undeclared = failing('service-98', 'service-99', { declared: false })
  const graph = star([...names.slice(1, 60).map((to) => failing('service-0', to)), undeclared])
  expect(idsOf(focusGraph(graph))).toEqual(expect.arrayContaining(['service-98', 'service-99']))
})

test('the chosen edge is always shown', () => {
  const graph = chain([failing('service-10', 'service-11')])
  const chosen = { from: 'service-70', to: 'service-71' }
  expect(idsOf(focusGraph(graph, { chosen }))).toEqual(
    expect.arrayContaining(['service-10', 'service-70', 'service-71']),
  )
})

test('which edges are shown does not depend on which of them failed first', () => {
  const calls = names.slice(1).map((to) => failing('service-0', to))
  const shown = focusGraph(graphOf(stateOf(names), calls))
  const later = focusGraph(graphOf(stateOf(names), calls.toReversed()))
  expect(idsOf(later)).toEqual(idsOf(shown))
})
