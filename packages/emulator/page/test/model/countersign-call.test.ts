import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { countersignCall } from '../../src/model/countersign-call.ts'
import { call } from '../events.ts'

const emulator = 'http://127.0.0.1:4000'

test('a call becomes the command that repeats it', () => {
  expect(countersignCall(call(), emulator)).toBe(
    'countersign call search /profiles/7 --as login --emulator http://127.0.0.1:4000',
  )
})

test('its own headers come along, those of the client and the token do not', () => {
  const headers = [
    ['authorization', 'Bearer <claims of token below>'],
    ['user-agent', 'node'],
    ['x-tenant', 'blue'],
  ] as const
  const command = countersignCall(
    call({ method: 'POST', layers: [{ stage: 'sent', headers }] }),
    emulator,
  )
  expect(command).toContain("-X POST --as login -H 'x-tenant: blue'")
  expect(command).not.toMatch(/authorization|user-agent/)
})

test('a call without a token stays without', () => {
  const { caller: _, ...anonymous } = call()
  expect(countersignCall(anonymous, emulator)).toContain('--anonymous')
})

test('whatever stands in it is one word to a shell', () => {
  const target = "/a?b=c&d='$(id)`id`;\n*"
  const command = countersignCall(call({ target }), emulator)
  const words = execFileSync('sh', ['-c', `countersign() { printf '%s\\0' "$@"; }; ${command}`])
  expect(words.toString().split('\0').slice(0, 3)).toEqual(['call', 'search', target])
})
