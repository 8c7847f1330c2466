import type { DenialCode } from '@countersign/receiver'
import { expect, test } from 'vitest'
import { helpFor, helpForClaim, helpForStopper, toleranceText } from '../../src/call/codes.ts'

/** The compiler sees to it that none is left out. */
const denialCodes: Record<DenialCode, true> = {
  token_missing: true,
  token_ambiguous: true,
  token_malformed: true,
  algorithm_not_allowed: true,
  key_unknown: true,
  signature_removed: true,
  signature_invalid: true,
  issuer_mismatch: true,
  audience_mismatch: true,
  token_expired: true,
  token_not_yet_valid: true,
  lifetime_too_long: true,
  claim_invalid: true,
  email_missing: true,
  email_unverified: true,
  not_a_service_account: true,
  caller_not_allowed: true,
  subject_mismatch: true,
  operation_not_allowed: true,
  keys_unavailable: true,
  audience_unavailable: true,
}

test('every code that a receiver denies with is explained, with what to do', () => {
  for (const code of Object.keys(denialCodes)) {
    const { means = '', todo = '' } = helpFor(code, 'receiver') ?? {}
    expect([code, means.endsWith('.'), /[.?]$/.test(todo)]).toEqual([code, true, true])
  }
})

test.each(['token_missing', 'token_invalid', 'not_invoker', 'app_unreachable', 'host_refused'])(
  'the front door’s %s is explained',
  (code) => {
    expect(helpFor(code, 'front-door')?.todo).toMatch(/\.$/)
  },
)

test('a code means what the one who answered it means by it', () => {
  const byDoor = helpFor('token_missing', 'front-door')
  expect(byDoor?.means).not.toBe(helpFor('token_missing', 'receiver')?.means)
  expect(helpFor('not_invoker', 'receiver')).toBeUndefined()
})

test.each([...['aud', 'exp', 'iat', 'iss', 'kid', 'alg', 'signature']])(
  'a wrong %s is explained',
  (claim) => {
    expect(helpForClaim(claim)?.means).toMatch(/\.$/)
  },
)

test('what is unknown has no help, whatever it is called', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'sub', '']) {
    expect([helpForClaim(name), helpFor(name, 'receiver')]).toEqual([undefined, undefined])
  }
})

test('a drill and a caller that hung up are no refusals, and explained too', () => {
  expect(helpForStopper.drill.todo).toContain('End the drill')
  expect(helpForStopper.caller.todo).toContain('time-out')
})

test('an audience that only the front door takes says what verifyCaller does', () => {
  for (const tolerance of ['slash', 'eventarc'] as const) {
    expect(toleranceText(tolerance)).toMatch(/^The audience .+ Cloud Run takes it; verifyCaller /)
  }
})
