import { expect, test } from 'vitest'
import {
  callsOf,
  graphOf,
  kindOf,
  shortLabel,
  undeclaredOperations,
} from '../../src/graph/service-graph.ts'
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

test('declared and observed edges are merged, with the most severe kind', () => {
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
  expect(edges[2]?.example?.snippet).toBe('"login": {}')
})

test('unknown and anonymous callers are nodes of their own kinds', () => {
  const { nodes } = graphOf(state, calls)
  expect(nodes.map(({ kind }) => kind)).toEqual([
    ...['service', 'service', 'service'],
    ...['unknown', 'anonymous'],
  ])
})

test('an account with only declared calls is outside, not unknown', () => {
  const pusher = { account: accountOf('pusher'), verified: true }
  const { nodes } = graphOf(state, [call({ caller: pusher })])
  expect(nodes.at(-1)).toEqual({ id: accountOf('pusher'), kind: 'outside' })
})

test('a caller that only claims to be a service is a separate node, without a policy entry', () => {
  const claimed = { ...caller('website'), verified: false }
  const forged = call({ caller: claimed, receiver: 'search', ...refused, snippet: '"website": {}' })
  const { nodes, edges } = graphOf(state, [call({ caller: caller('website') }), forged])
  expect(nodes.at(-1)).toEqual({ id: 'website (claimed)', kind: 'claimed' })
  expect(edges.find(({ from }) => from === 'website (claimed)')?.example).toBeUndefined()
  expect(edges.find(({ from, to }) => from === 'website' && to === 'search')?.calls).toBe(1)
})

test('an edge with some undeclared operations is judged by them, and shows both counts', () => {
  const allowed = call({ caller: caller('website') })
  const mistyped = { ...allowed, target: '/profile/7?full=1', ...refused }
  const { edges } = graphOf(state, [allowed, allowed, allowed, allowed, mistyped])
  const edge = edges.find(({ to }) => to === 'search')
  if (!edge) throw new Error('The edge is missing')
  expect(kindOf(edge)).toBe('partly')
  expect(shortLabel(edge)).toBe('undeclared 1/5')
  expect(callsOf(edge)).toBe('5 calls, 4 of them declared, 1 failed')
  expect(undeclaredOperations(edge, [allowed, mistyped, mistyped])).toEqual([
    { operation: 'GET /profile/7', calls: 2 },
  ])
})

test('a declared edge whose only calls are undeclared is not undeclared as a whole', () => {
  const { edges } = graphOf(state, [call({ caller: caller('website'), ...refused })])
  expect(edges.map(kindOf)).toEqual(['unused', 'partly'])
})
