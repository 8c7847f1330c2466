import { expect, test } from 'vitest'
import { compactJws, encoded, signedJws } from '../src/tokens.ts'

const sign = (text: string) => Buffer.from(`signed ${text}`)

test('three segments in base64url, the third over the first two', () => {
  const token = compactJws({ header: { alg: 'x' }, payload: 'raw', sign })
  const [header = '', payload = '', signature = ''] = token.split('.')
  expect(
    [header, payload, signature].map((one) => Buffer.from(one, 'base64url').toString()),
  ).toEqual(['{"alg":"x"}', 'raw', `signed ${header}.${payload}`])
})

test('bytes and texts go in as they are, anything else as JSON', () => {
  expect(encoded(Uint8Array.of(0xfb, 0xff))).toBe('-_8')
  expect(encoded('')).toBe('')
  expect(encoded([1])).toBe(Buffer.from('[1]').toString('base64url'))
})

test('segments that are no base64url are signed all the same', () => {
  expect(signedJws('a=.b c', sign)).toBe(`a=.b c.${encoded(sign('a=.b c'))}`)
})
