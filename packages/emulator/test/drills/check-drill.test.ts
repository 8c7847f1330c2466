import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DrillOptions, type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

test.for<[string, unknown, RegExp]>([
  ['no fault', {}, /^fault\.kind is unknown: write one of delay, hang/],
  ['an unknown fault', { fault: { kind: 'fire' } }, /^fault\.kind/],
  ['a name of Object’s', { fault: { kind: 'constructor' } }, /^fault\.kind/],
  ['a delay of a day', { fault: { kind: 'delay', ms: 86_400_000 } }, /^fault\.ms/],
  ['a status that is no error', { fault: { kind: 'status', status: 200 } }, /^fault\.status/],
  [
    'a Retry-After with a line break',
    { fault: { kind: 'status', status: 429, retryAfterSeconds: '1\r\nx: y' } },
    /^fault\.retryAfterSeconds/,
  ],
  ['a shift in words', { fault: { kind: 'clock-shift', seconds: 'x' } }, /^fault\.seconds/],
  [
    'an unknown endpoint',
    { fault: { kind: 'html' }, endpoint: 'x' },
    /^endpoint must be one where html is possible/,
  ],
  [
    'expired tokens of the key set',
    { fault: { kind: 'expired-token' }, endpoint: 'jwks' },
    /^endpoint .* expired-token is possible, but is "jwks": write one of identity, token, generate-id-token$/,
  ],
  [
    'an unknown service',
    { fault: { kind: 'html' }, service: 'x' },
    /^service must be a service of the policy, but is "x": write one of/,
  ],
  ['no times', { fault: { kind: 'html' }, times: 0 }, /^times/],
  [
    'keys of one service',
    { fault: { kind: 'drop-key' }, service: 'login' },
    /^drop-key changes the keys of all/,
  ],
])('%s is a TypeError that says what to write', async ([, options, message]) => {
  const starting = emulator.drill(options as DrillOptions)
  await expect(starting).rejects.toThrow(TypeError)
  await expect(starting).rejects.toThrow(message)
})
