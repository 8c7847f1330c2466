import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { countersignCall } from '../../src/call/command.ts'

const parts = {
  receiver: 'search',
  target: '/profiles/7',
  method: 'GET',
  as: 'login',
  headers: [],
  emulator: 'http://127.0.0.1:4000',
}

test('a GET is the shortest command', () => {
  expect(countersignCall(parts)).toBe(
    'npx countersign call search /profiles/7 --as login --emulator http://127.0.0.1:4000',
  )
})

test('other methods and headers are options, and so is the absence of a caller', () => {
  const command = countersignCall({
    ...parts,
    method: 'POST',
    as: undefined,
    headers: [['x-tenant', 'blue']],
  })
  expect(command).toContain("-X POST --anonymous -H 'x-tenant: blue'")
})

test('a shell reads each argument as one word', () => {
  const target = "/a?b=c&d='$(id)`id`;\n*"
  const command = countersignCall({ ...parts, target })
  const words = execFileSync('sh', ['-c', `npx() { printf '%s\\0' "$@"; }; ${command}`])
  expect(words.toString().split('\0').slice(0, 4)).toEqual([
    'countersign',
    'call',
    'search',
    target,
  ])
})
