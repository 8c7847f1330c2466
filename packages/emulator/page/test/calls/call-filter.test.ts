import { expect, test } from 'vitest'
import { filterCalls, isFiltering } from '../../src/calls/filter-calls.ts'
import { anonymous } from '../../src/model/parties.ts'
import { type CallFilter, noFilter } from '../../src/store/route.ts'
import { accountOf, call, refusal } from '../events.ts'

const { caller: _, ...nobodys } = call({ id: 3, receiver: 'login' })
const login = { service: 'login', account: accountOf('login') }
const pusher = { account: accountOf('pusher'), verified: true }
const calls = [
  call({ id: 1, trace: 'aaaa' }),
  call({
    id: 2,
    receiver: 'billing',
    status: 401,
    refusedBy: 'receiver',
    code: 'audience_mismatch',
  }),
  { ...nobodys, status: 403, refusedBy: 'front-door', code: 'token_missing' } as const,
  call({ id: 4, receiver: 'orders', caller: pusher, status: 503, drill: 1 }),
  call({ id: 5, receiver: 'reports', caller: { ...login, verified: false } }),
]

const cases: [string, Partial<CallFilter>, number[]][] = [
  ['nothing', {}, [1, 2, 3, 4, 5]],
  ['a service, as caller and receiver', { service: 'login' }, [1, 2, 3]],
  ['a receiver', { to: 'billing' }, [2]],
  ['a caller', { from: anonymous }, [3]],
  ['an edge', { from: 'login', to: 'search' }, [1]],
  ['a caller that is only claimed', { service: 'login (claimed)' }, [5]],
  ['a verified caller', { from: 'login' }, [1, 2]],
  ['claims', { text: 'claimed' }, [5]],
  ['a code', { code: 'token_missing' }, [3]],
  ['a trace', { trace: 'aaaa' }, [1]],
  ['refused or failed', { problemsOnly: true }, [2, 3, 4]],
  ['what stopped it', { text: 'drill' }, [4]],
  ['words, in any case and order', { text: 'BILLING 401' }, [2]],
  ['an account', { text: 'login-run@acme' }, [1, 2, 5]],
  ['who refused', { text: 'front door' }, [3]],
  ['words that no call has all of', { text: 'billing 200' }, []],
]

test.each(cases)('a filter for %s', (_title, filter, ids) => {
  expect(filterCalls(calls, { ...noFilter, ...filter }).map(({ id }) => id)).toEqual(ids)
})

test('the empty filter has no conditions', () => {
  expect(isFiltering(noFilter)).toBe(false)
  expect(isFiltering({ ...noFilter, problemsOnly: true })).toBe(true)
})

test('a call that serviceFetch stopped is found by its service, target, code and text', () => {
  const stopped = refusal({ id: 6 })
  const filters = [
    { service: 'login' },
    { from: 'login', to: 'search' },
    { code: 'operation_not_allowed' },
    { text: 'serviceFetch profile/7' },
    { problemsOnly: true },
  ]
  for (const filter of filters) {
    expect(filterCalls([stopped], { ...noFilter, ...filter })).toEqual([stopped])
  }
  for (const filter of [{ trace: 'aaaa' }, { service: 'billing' }, { text: '200' }]) {
    expect(filterCalls([stopped], { ...noFilter, ...filter })).toEqual([])
  }
})

test('a refusal that names neither service nor target has names that no service can have', () => {
  const { service: _, target: __, ...nameless } = refusal()
  expect(filterCalls([nameless], { ...noFilter, from: '(unknown service)' })).toHaveLength(1)
  expect(filterCalls([nameless], { ...noFilter, to: '(no target)' })).toHaveLength(1)
})
