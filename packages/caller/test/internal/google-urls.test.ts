import { describe, expect, test } from 'vitest'
import { readGoogleUrl } from '../../src/internal/google-urls.ts'

const emulator = new URL('http://127.0.0.1:8085')

describe("a credentials file's URL", () => {
  test.each(['https://oauth2.googleapis.com/token', 'https://sts.mtls.googleapis.com/v1/token'])(
    'may be %s',
    (url) => expect(readGoogleUrl(url, 'token_uri', undefined).href).toBe(url),
  )

  test.each([
    'http://oauth2.googleapis.com/token',
    'https://googleapis.com/token',
    'https://evilgoogleapis.com/token',
    'https://oauth2.googleapis.com.evil.example/token',
    'https://oauth2.googleapis.com./token',
    'https://oauth2.googleapis.com@evil.example/token',
    'https://user@oauth2.googleapis.com/token',
    'https://:pw@oauth2.googleapis.com/token',
    'https://oauth2.googleapis.com:8443/token',
    'https://accounts.google.com/o/oauth2/token',
    'http://127.0.0.1:8085/token',
    'nonsense',
    7,
    undefined,
  ])('may not be %s', (url) => {
    expect(() => readGoogleUrl(url, 'token_uri', undefined)).toThrow(TypeError)
    expect(() => readGoogleUrl(url, 'token_uri', undefined)).toThrow('token_uri must be')
  })

  test("may be the emulator's own while that is on", () => {
    expect(readGoogleUrl('http://127.0.0.1:8085/token', 'x', emulator).pathname).toBe('/token')
    expect(() => readGoogleUrl('http://127.0.0.1:8086/token', 'x', emulator)).toThrow(TypeError)
  })
})
