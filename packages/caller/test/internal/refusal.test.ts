import { describe, expect, test } from 'vitest'
import { refusalOf, refusesStaleToken } from '../../src/internal/refusal.ts'

/** As Google answers: section 9 of what is known of it. */
const challenge =
  'Bearer error="invalid_token" error_description="The access token could not be verified"'
const html = { 'content-type': 'text/html;charset=utf-8' }
const json = { 'content-type': 'application/json' }

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers })
}

describe('who refused', () => {
  test.each([
    [200, {}, undefined],
    [500, html, undefined],
    [404, json, undefined],
    [401, { ...html, 'www-authenticate': challenge }, 'platform'],
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
  ])('of %i with %o is %s', (status, headers, by) => {
    expect(refusalOf(answer(status, headers))?.by).toBe(by)
  })

  test('is the receiver that names itself, with its code', () => {
    const headers = { ...json, 'countersign-code': 'keys_unavailable' }
    expect(refusalOf(answer(503, headers))).toEqual({ by: 'receiver', code: 'keys_unavailable' })
  })
})

describe('a stale token', () => {
  test.each([
    [401, { ...html, 'www-authenticate': challenge }, 'POST', true],
    [401, { 'countersign-code': 'token_expired' }, 'POST', true],
    [403, { 'countersign-code': 'caller_not_allowed' }, 'GET', false],
    [403, { ...html, 'www-authenticate': challenge }, 'GET', false],
    [401, html, 'GET', true],
    [401, html, 'HEAD', true],
    [401, html, 'OPTIONS', true],
    [401, html, 'POST', false],
    [401, json, 'GET', false],
    [200, {}, 'GET', false],
  ])('is what %i with %o says of a %s: %s', (status, headers, method, stale) => {
    expect(refusesStaleToken(answer(status, headers), method)).toBe(stale)
  })
})
