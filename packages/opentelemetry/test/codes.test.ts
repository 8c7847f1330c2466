import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { boundedCode } from '../src/attributes.ts'

const errors = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
const documented = errors
  .split('\n')
  .flatMap((line) => line.split('|')[2]?.match(/(?<=`)[a-z]+(?:_[a-z]+)+(?=`)/g) ?? [])

describe('boundedCode', () => {
  test('lets every documented code through', () => {
    expect(documented.length).toBeGreaterThan(25)
    expect(documented.map((code) => boundedCode(code))).toEqual(documented)
  })

  test.each(['teapot', '', 'toString', '__proto__', 'TOKEN_MISSING'])('%o is another', (code) => {
    expect(boundedCode(code)).toBe('_OTHER')
  })

  test('no code stays none', () => {
    expect(boundedCode(undefined)).toBeUndefined()
  })
})
