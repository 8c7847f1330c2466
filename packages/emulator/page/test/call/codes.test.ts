import type { DenialCode } from '@countersign/receiver'
import { expect, test } from 'vitest'
import { helpFor, helpForClaim, helpForStopper, toleranceText } from '../../src/call/codes.ts'

/** The compiler reports a missing code. */
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

test('every denial code of a receiver is explained, with what to do', () => {
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

test('a code of the front door and the same code of the receiver have different help', () => {
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

test('an unknown code or claim has no help, whatever its name', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'sub', '']) {
    expect([helpForClaim(name), helpFor(name, 'receiver')]).toEqual([undefined, undefined])
  }
})

test('a drill and a disconnected caller are not refusals, and are explained too', () => {
  expect(helpForStopper.drill.todo).toContain('End the drill')
  expect(helpForStopper.caller.todo).toContain('time-out')
})

test('for an audience that only the front door accepts, the text says what verifyCaller does', () => {
  for (const tolerance of ['slash', 'eventarc'] as const) {
    expect(toleranceText(tolerance)).toMatch(/^The audience .+ Cloud Run accepts it; verifyCaller /)
  }
})
