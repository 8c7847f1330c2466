import { expect, test } from 'vitest'
import { parseJsonText } from '../../src/file/document.ts'
import { loadPolicy } from '../../src/index.ts'
import { fileWith, refusal } from '../_helpers.ts'

test('values, and the places of their keys', () => {
  const { value, positionOf } = parseJsonText('{\n  "a": [1, { "b": null }],\n}')
  expect(value).toEqual({ a: [1, { b: null }] })
  expect(positionOf(['a'])).toEqual({ line: 2, column: 3 })
  expect(positionOf(['a', 0])).toEqual({ line: 2, column: 9 })
  expect(positionOf(['a', 1, 'b'])).toEqual({ line: 2, column: 14 })
})

test('what is not there has the place of what is around it', () => {
  const { positionOf } = parseJsonText('{\n  "a": {} }')
  expect(positionOf(['a', 'missing', 'deep'])).toEqual({ line: 2, column: 3 })
  expect(positionOf(['missing'])).toEqual({ line: 1, column: 1 })
})

test.each([
  { text: '', at: '1:1', why: 'ValueExpected' },
  { text: '{\n  "services" {} }', at: '2:14', why: 'ColonExpected' },
  { text: '{ "services": {}', at: '1:17', why: 'CloseBraceExpected' },
  { text: '{} {}', at: '1:4', why: 'EndOfFileExpected' },
])('$text is not JSON', async ({ text, at, why }) => {
  const file = await fileWith(text)
  const { code, message } = await refusal(() => loadPolicy(file))
  expect({ code, message }).toEqual({
    code: 'policy_invalid',
    message: `${file} is not a valid policy: 1 problem
  ${at} the policy is not JSON (${why}): write JSON; comments and trailing commas are allowed
  countersign.schema.json of @countersign/policy describes each field`,
  })
})

test('a service that is there twice is not silently the second', () => {
  const { findings } = parseJsonText('{ "services": { "a": {}, "b": {}, "a": {} } }')
  expect(findings).toEqual([
    { path: ['services', 'a'], problem: 'is written twice', hint: 'remove one, or rename one' },
  ])
})

test('__proto__ is a key like any other, and refused', () => {
  const { value, findings } = parseJsonText('{ "services": { "__proto__": { "public": true } } }')
  expect(findings).toMatchObject([{ path: ['services', '__proto__'] }])
  expect(({} as { public?: boolean }).public).toBeUndefined()
  expect(Object.keys((value as { services: object }).services)).toEqual(['__proto__'])
})

test.each([
  ['lists', `{"services":${'['.repeat(100_000)}`],
  ['objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
])('%s in one another are refused, and exhaust no stack', async (_what, text) => {
  const file = await fileWith(text)
  const { code, message } = await refusal(() => loadPolicy(file))
  expect(code).toBe('policy_invalid')
  expect(message).toContain('the policy is nested too deeply: write at most 64 levels')
})

test('brackets in texts and comments are none', () => {
  const text = `{ "a": "${'['.repeat(100)}", /* ${'{'.repeat(100)} */ "b": [[], [], {}] } // ${'['.repeat(100)}`
  expect(parseJsonText(text)).toMatchObject({ value: { b: [[], [], {}] }, findings: [] })
})
