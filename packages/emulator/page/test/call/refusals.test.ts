import { expect, test } from 'vitest'
import { stoppedMeanwhile } from '../../src/call/refusals.ts'
import { call, refusal } from '../events.ts'

const failed = call({ receiver: 'login', at: 1_000, durationMs: 50, status: 500 })

test.each([
  ['while it answered', refusal({ at: 1_020 }), 1],
  ['a little later, since nobody waits for the report', refusal({ at: 1_200 }), 1],
  ['before it', refusal({ at: 999 }), 0],
  ['long after it', refusal({ at: 2_000 }), 0],
  ['in another service', refusal({ at: 1_020, service: 'website' }), 0],
])('a refusal %s', (_title, stopped, count) => {
  expect(stoppedMeanwhile(failed, [stopped])).toHaveLength(count)
})

test('a call that was answered without an error has none', () => {
  expect(stoppedMeanwhile({ ...failed, status: 404 }, [refusal({ at: 1_020 })])).toEqual([])
})
