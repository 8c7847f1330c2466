import { expect, test } from 'vitest'
import { focusGraph, mostNodes } from '../../src/model/graph-focus.ts'
import { layOut, pathThrough } from '../../src/model/graph-layout.ts'
import { graphOf, kindOf, type ServiceGraph } from '../../src/model/service-graph.ts'
import { accountOf, call, stateOf } from '../events.ts'

const state = stateOf(
  ['website', 'login', 'search'],
  [
    { from: 'website', to: 'login' },
    { from: 'website', to: 'search' },
  ],
)
const refused = { status: 403, refusedBy: 'front-door', declared: false } as const
const caller = (service: string) => ({ service, account: accountOf(service), verified: true })
const { caller: _, ...nobodys } = call({ receiver: 'search', ...refused })
const calls = [
  call({ caller: caller('website'), receiver: 'login' }),
  call({ caller: caller('website'), receiver: 'login', status: 500 }),
  call({ caller: caller('login'), receiver: 'search', ...refused, snippet: '"login": {}' }),
  call({
    caller: { account: accountOf('stranger'), verified: true },
    receiver: 'search',
    ...refused,
  }),
  nobodys,
]

test('declared and used edges come together, the gravest counts', () => {
  const { edges } = graphOf(state, calls)
  const kinds = edges.map((edge) => `${edge.from} ${edge.to} ${kindOf(edge)}`)
  expect(kinds).toEqual([
    'website login failing',
    'website search unused',
    'login search undeclared',
    `${accountOf('stranger')} search undeclared`,
    '(anonymous) search undeclared',
  ])
  expect(edges[0]).toMatchObject({ calls: 2, failed: 1, undeclared: 0 })
  expect(edges[2]?.snippet).toBe('"login": {}')
})

test('strangers and nobody are nodes of their own kinds', () => {
  const { nodes } = graphOf(state, calls)
  expect(nodes.map(({ kind }) => kind)).toEqual([
    ...['service', 'service', 'service'],
    ...['unknown', 'anonymous'],
  ])
})

test('who calls what it may is outside, not unknown', () => {
  const pusher = { account: accountOf('pusher'), verified: true }
  const { nodes } = graphOf(state, [call({ caller: pusher })])
  expect(nodes.at(-1)).toEqual({ id: accountOf('pusher'), kind: 'outside' })
})

test('who only claims to be a service is a node of its own, and offers nothing for the policy', () => {
  const claimed = { ...caller('website'), verified: false }
  const forged = call({ caller: claimed, receiver: 'search', ...refused, snippet: '"website": {}' })
  const { nodes, edges } = graphOf(state, [call({ caller: caller('website') }), forged])
  expect(nodes.at(-1)).toEqual({ id: 'website (claimed)', kind: 'claimed' })
  expect(edges.find(({ from }) => from === 'website (claimed)')?.snippet).toBeUndefined()
  expect(edges.find(({ from, to }) => from === 'website' && to === 'search')?.calls).toBe(1)
})

/** A hundred services, each calling the next. */
function chain(): ServiceGraph {
  const names = Array.from({ length: 100 }, (_, index) => `service-${index}`)
  const edges = names.slice(1).map((to, index) => ({ from: names[index] ?? '', to }))
  const broken = call({ caller: caller('service-10'), receiver: 'service-11', status: 500 })
  return graphOf(stateOf(names, edges), [broken])
}

test('of a large graph the failing edges and their neighbours are shown', () => {
  const { graph, hiddenNodes } = focusGraph(chain(), false)
  const names = graph.nodes.map(({ id }) => id)
  expect(names).toEqual(['service-9', 'service-10', 'service-11', 'service-12'])
  expect(graph.edges).toHaveLength(3)
  expect(hiddenNodes).toBe(96)
})

test('where the neighbours are too many, the ends of failing edges are shown', () => {
  const names = Array.from({ length: 60 }, (_, index) => `service-${index}`)
  const edges = names.slice(1).map((to) => ({ from: 'service-0', to }))
  const broken = call({ caller: caller('service-0'), receiver: 'service-7', status: 500 })
  const { graph } = focusGraph(graphOf(stateOf(names, edges), [broken]), false)
  expect(graph.nodes.map(({ id }) => id)).toEqual(['service-0', 'service-7'])
})

test('a small graph, and one that is asked for, are shown whole', () => {
  expect(focusGraph(graphOf(state, []), false).graph.nodes).toHaveLength(3)
  expect(chain().nodes.length).toBeGreaterThan(mostNodes)
  expect(focusGraph(chain(), true)).toEqual({ graph: chain(), hiddenNodes: 0 })
})

test('a layout has a place for each node and a way for each edge, within its size', () => {
  const graph = graphOf(state, calls)
  const { nodes, edges, width, height } = layOut(graph)
  expect([nodes.size, edges.size]).toEqual([graph.nodes.length, graph.edges.length])
  for (const { x, y } of [
    ...nodes.values(),
    ...[...edges.values()].flatMap((way) => [...way.points, way.label]),
  ]) {
    expect(x > 0 && x < width && y > 0 && y < height).toBe(true)
  }
})

test('a path begins and ends where its points do', () => {
  const points = [0, 10, 20, 30].map((x) => ({ x, y: x }))
  expect(pathThrough(points)).toMatch(/^M0,0Q.* 30,30$/)
  expect(pathThrough(points.slice(0, 2))).toBe('M0,0L10,10')
  expect(pathThrough([])).toBe('')
})
