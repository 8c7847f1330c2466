import { expect, test } from 'vitest'
import { isListedProblem, listedStopper, mergeListed } from '../../src/model/listed-call.ts'
import { call, refusal } from '../events.ts'

test('calls and refusals are listed together, in the order of their ids', () => {
  const listed = mergeListed([call({ id: 1 }), call({ id: 4 })], [refusal({ id: 3 })])
  expect(listed.map(({ id }) => id)).toEqual([1, 3, 4])
})

test('without refusals the list is the list of calls', () => {
  const calls = [call()]
  expect(mergeListed(calls, [])).toBe(calls)
})

test('a refusal is a problem, and names what stopped it', () => {
  expect([isListedProblem(refusal()), listedStopper(refusal())]).toEqual([true, 'serviceFetch'])
  expect([isListedProblem(call()), listedStopper(call())]).toEqual([false, ''])
})

test('a front door that reaches nobody is not named as the one that refused', () => {
  const unreachable = call({ status: 503, refusedBy: 'front-door', code: 'app_unreachable' })
  expect(listedStopper(unreachable)).toBe('nobody answers')
  expect(listedStopper({ ...unreachable, code: 'not_invoker' })).toBe('front door')
  expect(listedStopper({ ...unreachable, refusedBy: 'receiver' })).toBe('receiver')
})
