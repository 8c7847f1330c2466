import { expect, test } from 'vitest'
import { graphOf, kindOf } from '../../src/graph/service-graph.ts'
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
  expect(edges[2]?.snippet).toBe('"login": {}')
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
  expect(edges.find(({ from }) => from === 'website (claimed)')?.snippet).toBeUndefined()
  expect(edges.find(({ from, to }) => from === 'website' && to === 'search')?.calls).toBe(1)
})
