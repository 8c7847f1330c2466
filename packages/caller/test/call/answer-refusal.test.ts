import { describe, expect, test } from 'vitest'
import { refusalOf, refusesStaleToken } from '../../src/call/answer-refusal.ts'
import { shapeToken } from '../_tokens.ts'

/** As Google answers: section 9 of what is known of it. */
const challenge =
  'Bearer error="invalid_token" error_description="The access token could not be verified"'
/** As express-oauth2-jwt-bearer does. */
const theirs = 'Bearer realm="api", error="invalid_token", error_description="jwt expired"'
const html = { 'content-type': 'text/html;charset=utf-8' }
const json = { 'content-type': 'application/json' }
const google = { ...html, 'www-authenticate': challenge }

const frontDoor = { hasFrontDoor: true }
const open = { hasFrontDoor: false }

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers })
}

describe('who refused', () => {
  test.each([
    [200, {}, undefined],
    [500, html, undefined],
    [404, json, undefined],
    [401, google, 'platform'],
    [401, { 'www-authenticate': 'bearer realm="a", error=invalid_token' }, 'platform'],
    [401, { 'www-authenticate': 'X-Bearer error="invalid_token"' }, 'application'],
    [401, html, 'platform'],
    [403, html, 'platform'],
    [401, { 'www-authenticate': challenge }, 'platform'],
    [401, { ...json, 'www-authenticate': challenge }, 'application'],
    [401, { ...json, 'www-authenticate': 'Bearer realm="app"' }, 'application'],
    [401, { 'www-authenticate': 'Basic realm="invalid_token"' }, 'application'],
    [401, json, 'application'],
    [403, {}, 'application'],
  ])('behind a front door of %i with %o is %s', (status, headers, by) => {
    expect(refusalOf(answer(status, headers), frontDoor)?.by).toBe(by)
    // Without one nobody but the application is there to answer.
    expect(refusalOf(answer(status, headers), open)?.by).toBe(by && 'application')
  })

  test.each([frontDoor, open])('is the receiver that names itself, with its code: %o', (target) => {
    const headers = { ...json, 'countersign-code': 'keys_unavailable' }
    const refusal = refusalOf(answer(503, headers), target)
    expect(refusal).toEqual({ by: 'receiver', code: 'keys_unavailable' })
    const ambiguous = answer(400, { ...json, 'countersign-code': 'token_ambiguous' })
    expect(refusalOf(ambiguous, target)).toEqual({ by: 'receiver', code: 'token_ambiguous' })
  })

  test.each([
    [200, 'token_expired', undefined],
    [302, 'token_expired', undefined],
    [401, shapeToken({ aud: 'x' }), 'application'],
    [500, shapeToken({ aud: 'x' }), undefined],
    [401, 'a'.repeat(41), 'application'],
    [401, 'Token_Expired', 'application'],
    [401, '', 'application'],
  ])('is no receiver in %i with such a code (%#)', (status, code, by) => {
    const response = answer(status, { 'countersign-code': code })
    expect(refusalOf(response, open)?.by).toBe(by)
    expect(refusalOf(response, open)?.code).toBeUndefined()
  })
})

describe('a stale token', () => {
  test.each([
    [401, google, 'POST', true],
    [401, { 'www-authenticate': challenge }, 'POST', true],
    [401, { ...json, 'www-authenticate': challenge }, 'POST', false],
    [401, { ...html, 'www-authenticate': theirs }, 'POST', false],
    [401, { ...html, 'www-authenticate': theirs }, 'GET', true],
    [401, { ...html, 'www-authenticate': challenge.replace('token ', 'token') }, 'POST', false],
    [403, google, 'GET', false],
    [401, html, 'GET', true],
    [401, html, 'HEAD', true],
    [401, html, 'OPTIONS', true],
    [401, html, 'POST', false],
    [401, json, 'GET', false],
    [200, {}, 'GET', false],
  ])('is what %i with %o says of a %s: %s', (status, headers, method, stale) => {
    expect(refusesStaleToken(answer(status, headers), method, frontDoor)).toBe(stale)
    // No front door: then all of it is the application's own.
    expect(refusesStaleToken(answer(status, headers), method, open)).toBe(false)
  })

  test.each([
    ['token_expired', true],
    ['token_not_yet_valid', true],
    ['key_unknown', true],
    ['signature_invalid', true],
    ['audience_mismatch', false],
    ['issuer_mismatch', false],
    ['signature_removed', false],
    ['token_missing', false],
    ['made_up', false],
  ])('is what a receiver says with %s: %s', (code, stale) => {
    for (const target of [frontDoor, open]) {
      const headers = { ...html, 'countersign-code': code }
      expect(refusesStaleToken(answer(401, headers), 'POST', target)).toBe(stale)
      expect(refusesStaleToken(answer(403, headers), 'POST', target)).toBe(false)
    }
  })
})
