import { describe, expect, test } from 'vitest'
import { bearerToken } from '../../src/call/token.ts'

const read = (value: string | undefined, rawHeaders?: string[]) =>
  bearerToken(
    { headers: { authorization: value }, ...(rawHeaders && { rawHeaders }) },
    'authorization',
  )

describe('the bearer token', () => {
  test.each([['Bearer abc'], ['bearer abc'], ['BEARER abc'], ['Bearer  abc']])(
    '%j is read',
    (value) => {
      expect(read(value)).toEqual({ token: 'abc' })
    },
  )

  test.each([
    [undefined],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Bearer   '],
    ['Bearerabc'],
    ['Basic abc'],
    ['abc'],
  ])('%j is no bearer token', (value) => {
    expect(read(value)).toEqual({ refused: 'token_missing' })
  })

  test('only spaces stand before it: HTTP lets a no-break space through', () => {
    expect(read('Bearer \u00a0abc')).toEqual({ token: '\u00a0abc' })
  })

  test("two headers are told from one, though Node's headers drop the second", () => {
    const raw = ['Authorization', 'Bearer abc', 'host', 'a', 'AUTHORIZATION', 'Bearer def']
    expect(read('Bearer abc', raw)).toEqual({ refused: 'token_ambiguous' })
  })

  test('one header among others is one', () => {
    expect(read('Bearer abc', ['authorizatio_', 'x', 'Authorization', 'Bearer abc'])).toEqual({
      token: 'abc',
    })
  })

  test('two values joined by a comma are two', () => {
    const headers = new Headers([
      ['authorization', 'Bearer abc'],
      ['authorization', 'Bearer def'],
    ])
    expect(bearerToken({ headers }, 'authorization')).toEqual({ refused: 'token_ambiguous' })
  })

  test('a bearer token joined to another scheme is two, as two headers are', () => {
    expect(read('Basic abc, Bearer def')).toEqual({ refused: 'token_ambiguous' })
    expect(read('Bearer def,Basic abc')).toEqual({ refused: 'token_ambiguous' })
  })

  test.each([
    ['Basic abc, \t bearer def'],
    ['Basic abc ,BEARER def, x'],
    ['Digest a="bearer b", Bearer c'],
    ['Bearer , Bearer def'],
  ])('%j holds a bearer token among others', (value) => {
    expect(read(value)).toEqual({ refused: 'token_ambiguous' })
  })

  test.each([
    ['Digest a="bearer b", c'],
    ['Basic abc, bearer ,x'],
    ['Basic abc, bearer'],
    ['Basic abc, xbearer def'],
    [','.repeat(8000)],
  ])('%j holds none', (value) => {
    expect(read(value)).toEqual({ refused: 'token_missing' })
  })

  test('a value longer than any token is not taken apart', () => {
    const commas = ',bearer x'.repeat(1000)
    expect(read(commas)).toEqual({ refused: 'token_missing' })
    expect(read(`Bearer ${commas}`)).toEqual({ token: `Bearer ${commas}` })
    expect(read(`Bearer ${' '.repeat(50)}${'a'.repeat(8192)}`)).toEqual({ token: 'a'.repeat(8192) })
  })

  test("another scheme's parameters are no second value", () => {
    expect(read('Digest username="a", realm="b"')).toEqual({ refused: 'token_missing' })
  })

  test('a header that names the scheme again and again is two', () => {
    expect(read(`Basic a, b${' bearer'.repeat(8)}`)).toEqual({ refused: 'token_missing' })
    expect(read(`Basic a, b${' bearer'.repeat(100)}`)).toEqual({ refused: 'token_ambiguous' })
  })

  test('blanks before a scheme hide no second value', () => {
    const blanks = ' '.repeat(4000)
    expect(read(`Basic a,${blanks}bearer b`)).toEqual({ refused: 'token_ambiguous' })
    expect(read(`Basic a, c${blanks}bearer b`)).toEqual({ refused: 'token_missing' })
  })

  test('of very many headers whose names are as long, none is compared', () => {
    const others = (count: number) =>
      Array.from({ length: count }, (_, index) => [`Authoriz${10_000 + index}`, 'x']).flat()
    expect(read('Bearer a', ['Authorization', 'Bearer a', ...others(63)])).toEqual({ token: 'a' })
    expect(read('Bearer a', ['Authorization', 'Bearer a', ...others(64)])).toEqual({
      refused: 'token_ambiguous',
    })
  })

  test('a list of values is two', () => {
    const headers = { 'x-caller-authorization': ['Bearer abc', 'Bearer def'] }
    expect(bearerToken({ headers }, 'x-caller-authorization')).toEqual({
      refused: 'token_ambiguous',
    })
  })

  test('only the header that was asked for is read', () => {
    const headers = { authorization: 'Bearer abc' }
    expect(bearerToken({ headers }, 'x-caller-authorization')).toEqual({ refused: 'token_missing' })
  })
})
