import { describe, expect, test } from 'vitest'
import { IdTokenError } from '../../src/index.ts'
import { inspectToken } from '../../src/tokens/id-token.ts'
import { shapeToken } from '../_tokens.ts'

const now = Date.UTC(2027, 0, 1)
const iat = now / 1000
const audience = 'https://svc.example'
const good = { aud: audience, iat, exp: iat + 3600 }

function inspect(value: unknown): ReturnType<typeof inspectToken> {
  return inspectToken(value, { audience, now })
}

function raw(payload: string): string {
  return `e30.${Buffer.from(payload).toString('base64url')}.c2ln`
}

describe('a minted token', () => {
  test('says when it was issued and when it expires', () => {
    const value = shapeToken(good)
    expect(inspect(value)).toEqual({
      value,
      bearer: `Bearer ${value}`,
      issuedAtMs: now,
      expiresAtMs: now + 3_600_000,
    })
  })

  test('without iat counts as issued now', () => {
    expect(inspect(shapeToken({ aud: audience, exp: iat + 60 })).issuedAtMs).toBe(now)
  })

  test('issued in the future shows that this clock is behind, and is kept no longer for it', () => {
    const ahead = { aud: audience, iat: iat + 600, exp: iat + 4200 }
    expect(inspect(shapeToken(ahead))).toMatchObject({
      issuedAtMs: now,
      expiresAtMs: now + 3_600_000,
    })
  })

  test('that was good once and is handed out again is taken for half a minute, up to a quarter of an hour late', () => {
    const value = shapeToken(good)
    const held = inspect(value)
    const again = (late: number): number =>
      inspectToken(value, { audience, held, now: held.expiresAtMs + late }).expiresAtMs
    expect(again(-1)).toBe(held.expiresAtMs)
    expect(again(0)).toBe(held.expiresAtMs + 30_000)
    expect(again(899_999)).toBe(held.expiresAtMs + 929_999)
    expect(() => again(900_000)).toThrow('is expired')
    const other = shapeToken(good)
    const late = { audience, held, now: held.expiresAtMs }
    expect(() => inspectToken(other, late)).toThrow('is expired')
  })

  test.each([
    ['an HTML page', '<html><body>Sign in</body></html>', 'is not a JWT'],
    ['nothing', '', 'is not a JWT'],
    ['not a string', { token: 'x' }, 'is not a JWT'],
    ['two segments', 'e30.e30', 'is not a JWT'],
    ['four segments', 'e30.e30.e30.e30', 'is not a JWT'],
    ['an empty segment', 'e30.e30.', 'is not a JWT'],
    ['padding', `${shapeToken(good)}=`, 'is not a JWT'],
    ['a line break', `${shapeToken(good)}\n`, 'is not a JWT'],
    ['an access token', 'ya29.a0AfH6SMBx', 'is not a JWT'],
    ['9 KB', shapeToken({ ...good, more: 'x'.repeat(9000) }), 'is not a JWT'],
    ['no JSON', raw('hello'), 'has no claims'],
    ['a list', raw('[]'), 'has no claims'],
    ['null', raw('null'), 'has no claims'],
    ['another audience', shapeToken({ ...good, aud: `${audience}/` }), 'is for another audience'],
    ['a list of audiences', shapeToken({ ...good, aud: [audience] }), 'is for another audience'],
    ['no expiry', shapeToken({ aud: audience, iat }), 'has no expiry'],
    ['an expiry in words', shapeToken({ ...good, exp: '9999999999' }), 'has no expiry'],
    ['an expiry in the past', shapeToken({ ...good, exp: iat }), 'is expired'],
  ])('is not %s', (what, value, message) => {
    expect(() => inspect(value)).toThrow(IdTokenError)
    expect(() => inspect(value)).toThrow(
      expect.objectContaining({
        code: 'token_rejected',
        message: `The ID token for ${audience} ${message}`,
        hint: hintAbout(what),
      }),
    )
  })
})

function hintAbout(what: string): unknown {
  if (/audience/.test(what)) return expect.stringContaining('asks for the audience')
  if (/in the past/.test(what)) return expect.stringContaining("this machine's clock")
  return expect.stringContaining('must be a Google-signed ID token')
}
