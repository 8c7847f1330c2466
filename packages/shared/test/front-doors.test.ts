import { expect, test } from 'vitest'
import { frontDoorsByService, frontDoorsByUrl } from '../src/front-doors.ts'

const emulator = { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790' }

test('front doors are read from JSON, by service and by URL', () => {
  const COUNTERSIGN_SERVICE_URLS = '{"search":"http://127.0.0.1:8081"}'
  const COUNTERSIGN_FRONT_DOORS = '{"https://search.example":"http://127.0.0.1:8081"}'
  const env = { ...emulator, COUNTERSIGN_SERVICE_URLS, COUNTERSIGN_FRONT_DOORS }
  expect(frontDoorsByService(env)).toEqual(new Map([['search', 'http://127.0.0.1:8081']]))
  expect(frontDoorsByUrl(env)).toEqual(
    new Map([['https://search.example', 'http://127.0.0.1:8081']]),
  )
  expect(frontDoorsByService(emulator)).toEqual(new Map())
  expect(frontDoorsByUrl(emulator)).toEqual(new Map())
})

test('without the emulator there are none, whatever the variables say', () => {
  const env = { COUNTERSIGN_SERVICE_URLS: '{', COUNTERSIGN_FRONT_DOORS: '{' }
  expect(frontDoorsByService(env)).toEqual(new Map())
  expect(frontDoorsByUrl(env)).toEqual(new Map())
})

test('where the emulator does not count they stop the start with it', () => {
  const env = { ...emulator, COUNTERSIGN_FRONT_DOORS: '{}', K_SERVICE: 'search' }
  expect(() => frontDoorsByUrl(env)).toThrow('COUNTERSIGN_EMULATOR is set beside K_SERVICE')
})

const wrong = ['{', 'null', '[]', '["http://127.0.0.1"]', '{"a":1}', '{"a":"file:///etc"}']

test.each([...wrong, '{"a":"x"}'])('COUNTERSIGN_SERVICE_URLS %s stops the start', (text) => {
  expect(() => frontDoorsByService({ ...emulator, COUNTERSIGN_SERVICE_URLS: text })).toThrow(
    new TypeError(
      `COUNTERSIGN_SERVICE_URLS must be an object of http URLs, but is ${text}: write what the emulator sets, the URL of each service's front door, such as {"search":"http://127.0.0.1:8081"}`,
    ),
  )
})

test.each([...wrong, '{"search":"http://127.0.0.1:8081"}'])(
  'COUNTERSIGN_FRONT_DOORS %s stops the start',
  (text) => {
    expect(() => frontDoorsByUrl({ ...emulator, COUNTERSIGN_FRONT_DOORS: text })).toThrow(
      `COUNTERSIGN_FRONT_DOORS must be an object of http URLs, but is ${text}: write what the emulator sets`,
    )
  },
)
