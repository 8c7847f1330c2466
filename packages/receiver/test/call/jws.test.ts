import { describe, expect, test } from 'vitest'
import {
  isBase64url,
  maxTokenLength,
  parseJws,
  rememberHeader,
  type UnverifiedJws,
} from '../../src/call/jws.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const header = encode('{"alg":"RS256"}')
const claims = encode('{"sub":"1"}')

describe('a compact JWS', () => {
  test('is taken apart', () => {
    expect(parseJws(`${header}.${claims}.c2ln`)).toEqual({
      header: { alg: 'RS256' },
      claims: { sub: '1' },
      signedText: `${header}.${claims}`,
      signature: 'c2ln',
      isSignatureRemoved: false,
      isHeaderKnown: false,
    })
  })

  test('with a signature that Google removed is told apart', () => {
    expect(parseJws(`${header}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`)).toMatchObject({
      signature: '',
      isSignatureRemoved: true,
    })
  })

  const elaborate = [
    ['objects', 32, 8, (count: number) => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`],
    ['lists', 32, 8, (count: number) => `{"a":${'['.repeat(count)}1${']'.repeat(count)}}`],
    ['items', 128, 16, (count: number) => `{"a":[${'1,'.repeat(count)}1]}`],
    ['escapes', 128, 16, (count: number) => `{"a":"${'\\u0041'.repeat(count)}"}`],
  ] as const

  test.each(elaborate)(
    'is not taken apart with more %s than any token of Google’s has',
    (_what, inClaims, inHeader, text) => {
      const withClaims = (count: number) => `${header}.${encode(text(count))}.c2ln`
      expect(parseJws(withClaims(inClaims))).toBeDefined()
      expect(parseJws(withClaims(inClaims + 1))).toBeUndefined()
      const withHeader = (count: number) => `${encode(text(count))}.${claims}.c2ln`
      expect(parseJws(withHeader(inHeader))).toBeDefined()
      expect(parseJws(withHeader(inHeader + 1))).toBeUndefined()
      const limits = { nested: 1000, parts: 1000 }
      expect(parseJws(withClaims(inClaims + 1), { header: limits, claims: limits })).toBeDefined()
    },
  )

  test('may have an empty signature, which no key verifies', () => {
    expect(parseJws(`${header}.${claims}.`)?.signature).toHaveLength(0)
  })

  test.each([
    ['nothing', ''],
    ['one segment', header],
    ['two segments', `${header}.${claims}`],
    ['four segments', `${header}.${claims}.c2ln.c2ln`],
    ['five segments, a JWE', `${header}.${claims}.a.b.c`],
    ['an empty header', `.${claims}.c2ln`],
    ['padding', `${header}=.${claims}.c2ln`],
    ['a space inside', `${header} .${claims}.c2ln`],
    ["base64's own alphabet", `${encode('{"a":"~~~???"}').replaceAll('_', '/')}.${claims}.c2ln`],
    ['an array for claims', `${header}.${encode('[1]')}.c2ln`],
    ['a scalar for claims', `${header}.${encode('1')}.c2ln`],
    ['null for claims', `${header}.${encode('null')}.c2ln`],
    ['text that is not JSON', `${header}.${encode('{sub:1}')}.c2ln`],
    ['a byte order mark', `${header}.${encode('\ufeff{"sub":"1"}')}.c2ln`],
    ['bytes that are not UTF-8', `${header}.${encode(new Uint8Array([0x22, 0xff, 0x22]))}.c2ln`],
    ['a raw NUL in a text', `${header}.${encode('{"sub":"\u0000"}')}.c2ln`],
    ['a padded signature', `${header}.${claims}.c2ln=`],
    ['a signature with stray bits', `${header}.${claims}.c2k`.replace('k', 'l')],
    ['a space in the signature', `${header}.${claims}.c2 ln`],
    ['a removed signature in lower case', `${header}.${claims}.signature_removed_by_google`],
    ['a token over the limit', `${header}.${claims}.${'a'.repeat(maxTokenLength)}`],
  ])('%s is refused', (_why, token) => {
    expect(parseJws(token)).toBeUndefined()
  })

  test('claims named __proto__ change nobody else', () => {
    const jws = parseJws(`${header}.${encode('{"__proto__":{"email_verified":true}}')}.c2ln`)
    expect(jws?.claims.email_verified).toBeUndefined()
  })
})

describe('a remembered header', () => {
  const parsed = (kid: string) =>
    parseJws(`${encode(`{"kid":"${kid}"}`)}.${claims}.c2ln`) as UnverifiedJws

  test('is parsed once, and nobody can change it', () => {
    rememberHeader(parsed('kept'))
    expect(parsed('kept').header).toBe(parsed('kept').header)
    expect(Object.isFrozen(parsed('kept').header)).toBe(true)
  })

  test('stays beside others: an issuer has a few at a time', () => {
    for (const kid of ['one', 'two', 'three']) rememberHeader(parsed(kid))
    for (const kid of ['one', 'two', 'three']) {
      expect(parsed(kid).header).toBe(parsed(kid).header)
    }
  })

  test('serves tokens with the same text for a header only', () => {
    rememberHeader(parsed('kept'))
    expect(parsed('kepu').header).toEqual({ kid: 'kepu' })
    expect(parsed('kepu').header).not.toBe(parsed('kepu').header)
  })

  test('makes room for others: an issuer has few at a time', () => {
    rememberHeader(parsed('old'))
    const before = parsed('old').header
    for (let index = 0; index < 8; index += 1) rememberHeader(parsed(String(index)))
    expect(parsed('old').header).not.toBe(before)
    expect(parsed('7').header).toBe(parsed('7').header)
  })
})

describe('base64url', () => {
  test('has one canonical form', () => {
    expect(isBase64url('_-8')).toBe(true)
    expect(isBase64url('')).toBe(true)
  })

  test.each([
    ['stray bits, since one signature would have several spellings', '_-9'],
    ['padding', '_-8='],
    ["base64's own alphabet", '/+8'],
    ['white space', '_-\n8'],
    ['a letter of two bytes that ends like one of the alphabet', 'AAA\u0141'],
    ['a length that no bytes have', 'AAAAA'],
  ])('%s: is not', (_why, text) => {
    expect(isBase64url(text)).toBe(false)
  })
})

describe('claims in UTF-8', () => {
  const claimsOf = (text: string | Uint8Array) => parseJws(`${header}.${encode(text)}.c2ln`)?.claims

  test('may hold any character, the one that stands for broken bytes too', () => {
    expect(claimsOf('{"sub":"Zoë 🔑 �"}')).toEqual({ sub: 'Zoë 🔑 �' })
  })

  test.each([
    ['', 'short'],
    ['a'.repeat(2000), 'long'],
  ])('are refused where bytes are broken (%#)', (more) => {
    expect(claimsOf(Buffer.from(`{"sub":"ë${more}"}`, 'latin1'))).toBeUndefined()
    expect(claimsOf(`{"sub":"ë${more}"}`)).toEqual({ sub: `ë${more}` })
  })
})
