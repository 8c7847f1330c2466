import { expect, test } from 'vitest'
import { drillsNow, log, state, takeEvents, takeState } from '../../src/store/run.ts'
import { call, stateOf } from '../events.ts'

const first = stateOf(['login', 'search'])
const drill = { type: 'drill', id: 2, at: 0, drill: 1, summary: 'keys: 503', active: true } as const

test('after a lost connection the same run continues', () => {
  takeState(first)
  takeEvents([call({ id: 1 }), drill])
  expect(takeState(first)).toBe(false)
  expect(log.value.calls).toHaveLength(1)
  expect(drillsNow.value).toHaveLength(1)
})

test('a restarted emulator has no calls and drills of the previous run', () => {
  takeState(first)
  takeEvents([call({ id: 1 }), drill])
  expect(takeState({ ...first, run: 'second' })).toBe(true)
  expect(state.value?.run).toBe('second')
  expect([log.value.calls, drillsNow.value]).toEqual([[], []])
  takeEvents([call({ id: 1, target: '/of-the-second-run' })])
  expect(log.value.calls.map(({ target }) => target)).toEqual(['/of-the-second-run'])
})
