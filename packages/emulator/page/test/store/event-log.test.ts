import { expect, test } from 'vitest'
import { activeDrills, emptyLog, withEvents } from '../../src/store/event-log.ts'
import { call, token } from '../events.ts'

const drill = (id: number, active: boolean) =>
  ({ type: 'drill', id, at: 0, drill: 7, summary: 'keys: 503', active }) as const

test('events are kept by their kind, in order', () => {
  const log = withEvents(emptyLog, [token({ id: 1 }), call({ id: 2 }), drill(3, true)])
  expect([log.tokens, log.calls, log.drills].map((list) => list.map(({ id }) => id))).toEqual([
    [1],
    [2],
    [3],
  ])
  expect(log.newest?.id).toBe(3)
})

test('an event that is repeated after a reconnect is kept once', () => {
  const log = withEvents(emptyLog, [call({ id: 1 }), call({ id: 2 })])
  expect(withEvents(log, [call({ id: 1 }), call({ id: 2 })])).toBe(log)
  expect(withEvents(log, [call({ id: 2 }), call({ id: 3 })]).calls).toHaveLength(3)
})

test('the oldest calls are dropped, and counted', () => {
  const calls = [1, 2, 3, 4, 5].map((id) => call({ id }))
  const log = withEvents(emptyLog, calls, 3)
  expect(log.calls.map(({ id }) => id)).toEqual([3, 4, 5])
  expect(log.forgottenCalls).toBe(2)
  expect(withEvents(log, [call({ id: 6 })], 3).forgottenCalls).toBe(3)
})

test('a drill is active until an event ends it', () => {
  expect(activeDrills([], [drill(1, true)])).toHaveLength(1)
  expect(activeDrills([drill(1, true)], [drill(2, false)])).toEqual([])
})
