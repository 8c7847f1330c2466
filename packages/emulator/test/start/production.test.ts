import { expect, test } from 'vitest'
import { assertNotInProduction } from '../../src/start/production.ts'

const confirmed = { COUNTERSIGN_EMULATOR_CONFIRM: 'http://127.0.0.1:8790' }

test.each([[{ HOME: '/home/ann' }], [{ NODE_ENV: 'test' }], [{ FUNCTION_TARGET: 'stockroom' }]])(
  'a laptop passes: %j',
  (env) => {
    expect(() => assertNotInProduction(env)).not.toThrow()
  },
)

test.each([
  ['K_SERVICE', ''],
  ['K_SERVICE', 'login'],
  ['GAE_INSTANCE', 'aef-default-x'],
  ['KUBERNETES_SERVICE_HOST', '10.0.0.1'],
  ['NODE_ENV', 'production'],
])('with %s=%s it does not start', (name, value) => {
  expect(() => assertNotInProduction({ [name]: value })).toThrow(`${name}`)
})

test.each([
  [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
  [{ NODE_ENV: 'production' }],
  [{ K_SERVICE: 'login', KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
])('%j can be confirmed', (env) => {
  expect(() => assertNotInProduction(env)).toThrow('COUNTERSIGN_EMULATOR_CONFIRM')
  expect(() => assertNotInProduction({ ...env, ...confirmed })).not.toThrow()
})

test.each([
  [{ K_SERVICE: 'login' }],
  [{ CLOUD_RUN_JOB: 'nightly' }],
  [{ K_SERVICE: 'login', CLOUD_RUN_TIMEOUT_SECONDS: '300' }],
])('%j is Cloud Run, where nothing is confirmed', (env) => {
  expect(() => assertNotInProduction({ ...env, ...confirmed })).toThrow(
    /must never run in production: (K_SERVICE|CLOUD_RUN_JOB) is set/,
  )
})
