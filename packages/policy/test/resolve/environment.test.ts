import { expect, test } from 'vitest'
import { environmentNameOf, readFrontDoors } from '../../src/resolve/environment.ts'

const emulator = { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790' }

test('an empty COUNTERSIGN_ENVIRONMENT names none', () => {
  expect(environmentNameOf({ COUNTERSIGN_ENVIRONMENT: '' })).toBeUndefined()
  expect(environmentNameOf({ COUNTERSIGN_ENVIRONMENT: 'prod' })).toBe('prod')
})

test('front doors are read from JSON', () => {
  const COUNTERSIGN_SERVICE_URLS = '{"search":"http://127.0.0.1:8081"}'
  expect(readFrontDoors({ ...emulator, COUNTERSIGN_SERVICE_URLS })).toEqual(
    new Map([['search', 'http://127.0.0.1:8081']]),
  )
  expect(readFrontDoors({ COUNTERSIGN_SERVICE_URLS })).toEqual(new Map())
  expect(readFrontDoors(emulator)).toEqual(new Map())
})

test.each([
  '{',
  'null',
  '[]',
  '["http://127.0.0.1"]',
  '{"a":1}',
  '{"a":"file:///etc"}',
  '{"a":"x"}',
])('COUNTERSIGN_SERVICE_URLS %s stops the start', (text) => {
  expect(() => readFrontDoors({ ...emulator, COUNTERSIGN_SERVICE_URLS: text })).toThrow(
    new TypeError(
      `COUNTERSIGN_SERVICE_URLS must be an object of http URLs, but is ${text}: write what the emulator sets, the URL of each service's front door, such as {"search":"http://127.0.0.1:8081"}`,
    ),
  )
})
