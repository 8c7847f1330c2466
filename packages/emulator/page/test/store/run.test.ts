import { expect, test } from 'vitest'
import { drillsNow, log, state, takeEvents, takeState } from '../../src/store/run.ts'
import { call, stateOf } from '../events.ts'

const first = stateOf(['login', 'search'])
const drill = { type: 'drill', id: 2, at: 0, drill: 1, summary: 'keys: 503', active: true } as const

test('what comes back after a lost connection is the same run', () => {
  takeState(first)
  takeEvents([call({ id: 1 }), drill])
  expect(takeState(first)).toBe(false)
  expect(log.value.calls).toHaveLength(1)
  expect(drillsNow.value).toHaveLength(1)
})

test('an emulator that was started anew has no call and no drill of the run before', () => {
  takeState(first)
  takeEvents([call({ id: 1 }), drill])
  expect(takeState({ ...first, run: 'second' })).toBe(true)
  expect(state.value?.run).toBe('second')
  expect([log.value.calls, drillsNow.value]).toEqual([[], []])
  takeEvents([call({ id: 1, target: '/of-the-second-run' })])
  expect(log.value.calls.map(({ target }) => target)).toEqual(['/of-the-second-run'])
})
