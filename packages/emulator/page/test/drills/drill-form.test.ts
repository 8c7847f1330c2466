import type { DrillOptions } from '@countersign/emulator'
import { expect, test } from 'vitest'
import {
  type DrillForm,
  drillOptions,
  emptyDrill,
  withChange,
} from '../../src/drills/drill-form.ts'

test.each<[string, Partial<DrillForm>, DrillOptions]>([
  ['nothing but the fault', {}, { fault: { kind: 'status', status: 503 } }],
  [
    'an error with Retry-After, three times, for one service',
    { status: 429, retryAfter: 2, endpoint: 'identity', service: 'login', times: 3 },
    {
      fault: { kind: 'status', status: 429, retryAfterSeconds: 2 },
      endpoint: 'identity',
      service: 'login',
      times: 3,
    },
  ],
  ['a delay', { kind: 'delay', ms: 500 }, { fault: { kind: 'delay', ms: 500 } }],
  [
    'a clock',
    { kind: 'clock-shift', seconds: -600 },
    { fault: { kind: 'clock-shift', seconds: -600 } },
  ],
  ['no answer', { kind: 'hang', endpoint: 'jwks' }, { fault: { kind: 'hang' }, endpoint: 'jwks' }],
])('a form that asks for %s', (_title, filled, options) => {
  expect(drillOptions({ ...emptyDrill, ...filled })).toEqual(options)
})

test('a change resets what is no longer possible', () => {
  const form = { ...emptyDrill, endpoint: 'jwks', times: 3 } as const
  expect(withChange(form, { kind: 'expired-token' }).endpoint).toBe('')
  expect(withChange(form, { kind: 'hang' }).endpoint).toBe('jwks')
  const ofLogin = { ...emptyDrill, endpoint: 'identity', service: 'login' } as const
  expect(withChange(ofLogin, { endpoint: 'token' }).service).toBe('')
  expect(withChange(ofLogin, { endpoint: 'front-door' }).service).toBe('login')
  const ofKeys = withChange({ ...ofLogin, times: 3 }, { kind: 'drop-key' })
  expect(drillOptions(ofKeys)).toEqual({ fault: { kind: 'drop-key' } })
})
