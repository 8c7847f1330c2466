import { describe, expect, test } from 'vitest'
import { denialOf } from '../src/call/denials.ts'
import type { DenialCode } from '../src/decision.ts'
import { problemDetails, problemResponse } from '../src/problem-details.ts'

const statuses: Record<DenialCode, number> = {
  token_missing: 401,
  token_ambiguous: 400,
  token_malformed: 401,
  algorithm_not_allowed: 401,
  key_unknown: 401,
  signature_removed: 401,
  signature_invalid: 401,
  issuer_mismatch: 401,
  audience_mismatch: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  lifetime_too_long: 401,
  claim_invalid: 401,
  email_missing: 403,
  email_unverified: 403,
  not_a_service_account: 403,
  caller_not_allowed: 403,
  subject_mismatch: 403,
  operation_not_allowed: 403,
  keys_unavailable: 503,
  audience_unavailable: 503,
}

const errors: Record<number, string> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
}

describe.each(Object.entries(statuses) as [DenialCode, number][])('%s', (code, status) => {
  const denial = denialOf(code)

  test(`is a ${status}, with words for people`, () => {
    expect(problemDetails(denial)).toEqual({
      type: `urn:countersign:denial:${code}`,
      title: expect.stringMatching(/^[A-Z].+[^.]$/),
      status,
      code,
      detail: expect.stringMatching(/^[A-Z].+\.$/),
    })
  })

  test('is a web Response, whole', async () => {
    const answer = problemResponse(denial)
    expect(answer.status).toBe(status)
    expect(Object.fromEntries(answer.headers)).toEqual({
      ...denial.headers,
      'content-type': 'application/problem+json',
    })
    expect(await answer.json()).toEqual(problemDetails(denial))
  })

  test('has the headers that RFC 6750 asks for', () => {
    const challenge = denial.headers['www-authenticate']
    expect(denial.headers['countersign-code']).toBe(code)
    if (status === 503) {
      expect(challenge).toBeUndefined()
      expect(denial.headers['retry-after']).toBe('5')
    } else if (code === 'token_missing') {
      expect(challenge).toBe('Bearer realm="countersign"')
    } else {
      expect(challenge).toBe(
        `Bearer realm="countersign", error="${errors[status]}", error_description="${code}: ${denial.detail}"`,
      )
    }
  })

  test('says nothing that a quoted string could not hold (RFC 6750 section 3)', () => {
    expect(denial.detail).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  })
})
