import { expect, test } from 'vitest'
import { emulatorUrl } from '../../src/internal/emulator-guard.ts'

// That this guard, the receiver's and the caller's are one and the same is tested in the root's test/.

test('without the variable there is no emulator', () => {
  expect(emulatorUrl({})).toBeUndefined()
  expect(emulatorUrl({ COUNTERSIGN_EMULATOR: '', K_SERVICE: 'login' })).toBeUndefined()
})

test.each(['http://127.0.0.1:8790', 'http://127.8.9.1', 'https://[::1]:1', 'http://127.1:80'])(
  '%s is loopback',
  (url) => expect(emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toEqual(new URL(url)),
)

test.each([
  'http://localhost:1',
  'http://10.0.0.1',
  'http://127.0.0.1.evil.example',
  'http://[::2]',
])('%s is not, unless it is named', (url) => {
  const { hostname } = new URL(url)
  expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow(
    new TypeError(
      `COUNTERSIGN_EMULATOR is on "${hostname}", which is no loopback address: where that is the emulator's container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=${hostname}`,
    ),
  )
  const named = { COUNTERSIGN_EMULATOR: url, COUNTERSIGN_EMULATOR_ALLOW_HOST: `x, ${hostname}` }
  expect(emulatorUrl(named)).toEqual(new URL(url))
})

test.each(['127.0.0.1:8790', 'ftp://127.0.0.1', 'yes'])('%s is no URL of an emulator', (url) => {
  expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow(
    new TypeError(
      `COUNTERSIGN_EMULATOR is "${url}": set it to the emulator's URL, such as http://127.0.0.1:8790`,
    ),
  )
})

test.each([
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'FUNCTION_TARGET',
  'GAE_ENV',
])('beside %s it stops the start', (name) => {
  const env = { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790', [name]: 'x' }
  expect(() => emulatorUrl(env)).toThrow(`COUNTERSIGN_EMULATOR is set beside ${name}`)
})
