import { expect, test } from 'vitest'
import { RecordingError, readRecording } from '../../src/store/recording.ts'
import { call, refusal, stateOf, token } from '../events.ts'

const state = stateOf(['login', 'search'])
const header = JSON.stringify({ countersign: 'recording', version: 1, state })
const lines = [token({ id: 1 }), call({ id: 2 })].map((event) => JSON.stringify(event))

test('a recording is read', () => {
  const recording = readRecording(`${[header, ...lines].join('\n')}\n`)
  expect(recording).toMatchObject({ state, unreadable: 0 })
  expect(recording.log.calls).toEqual([call({ id: 2 })])
})

test('a truncated recording is read up to its end', () => {
  const recording = readRecording([header, ...lines, '{"type":"call","id":3,"at'].join('\n'))
  expect(recording.unreadable).toBe(1)
  expect(recording.log.calls).toHaveLength(1)
})

test('a long run is kept whole', () => {
  const calls = Array.from({ length: 5_000 }, (_, id) => JSON.stringify(call({ id })))
  expect(readRecording([header, ...calls].join('\n')).log.calls).toHaveLength(5_000)
})

test.each([
  ['another file', '{"name":"package"}', 'This is not a recording'],
  ['no JSON', 'hello', 'This is not a recording'],
  ['nothing', '', 'This is not a recording'],
  ['a later version', '{"countersign":"recording","version":2}', 'version 2'],
  [
    'no services',
    '{"countersign":"recording","version":1,"state":{}}',
    'does not list the services',
  ],
])('%s is refused, and why', (_title, text, why) => {
  expect(() => readRecording(text)).toThrow(RecordingError)
  expect(() => readRecording(text)).toThrow(why)
})

test('a refusal of serviceFetch is read, and one without a path is not', () => {
  const { path: _, ...pathless } = refusal({ id: 4 })
  const events = [refusal({ id: 3 }), pathless].map((event) => JSON.stringify(event))
  const recording = readRecording([header, ...events].join('\n'))
  expect(recording.log.refusals).toEqual([refusal({ id: 3 })])
  expect(recording.unreadable).toBe(1)
})
