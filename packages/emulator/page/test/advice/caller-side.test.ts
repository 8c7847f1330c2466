import { expect, test } from 'vitest'
import { callerSide } from '../../src/advice/caller-side.ts'
import { call, stateOf } from '../events.ts'

const edges = [
  { from: 'website', to: 'search', rules: [{ paths: ['/other'] }] },
  { from: 'login', to: 'search', rules: [{ methods: ['POST'], paths: ['/profiles/:id'] }] },
]
const state = stateOf(['website', 'login', 'search'], edges)
const { caller: _, ...nobodys } = call({ method: 'POST', target: '/profiles/7' })

test('the lines name a service that may make this call', () => {
  expect(callerSide(nobodys, state)).toEqual({
    caller: 'login',
    code: [
      "const serviceFetch = createServiceFetch(policy.caller('login'))",
      "await serviceFetch.to('search')('/profiles/7', { method: 'POST' })",
    ].join('\n'),
  })
})

test('if none may make this call, they name one that may call the service, or nobody', () => {
  expect(callerSide({ ...nobodys, method: 'GET' }, state).caller).toBe('website')
  const { caller, code } = callerSide({ ...nobodys, receiver: 'website' }, state)
  expect(caller).toBeUndefined()
  expect(code).toContain("policy.caller('CALLER')")
})

test('a path can\u2019t end the string literal', () => {
  const { code } = callerSide({ ...nobodys, target: "/a'+evil()+'\\" }, state)
  expect(code.split('\n')[1]).toContain(`("/a'+evil()+'\\\\", {`)
})
