import { expect, test } from 'vitest'
import { commandHeaders } from '../../src/call/command.ts'

test('headers of the client, the connection and the token are left to the command', () => {
  const sent = [
    ['host', '127.0.0.1:4000'],
    ['user-agent', 'node'],
    ['sec-fetch-mode', 'cors'],
    ['authorization', 'Bearer <claims of token below>'],
    ['x-tenant', 'blue'],
  ] as const
  expect(commandHeaders(sent)).toEqual({ kept: [['x-tenant', 'blue']], lost: [] })
})

test('a header without a recorded value is listed as lost: an end user’s token too', () => {
  const sent = [
    ['authorization', 'Bearer [redacted]'],
    ['x-api-key', '[redacted]'],
    ['x-long', `${'a'.repeat(1_000)}…`],
  ] as const
  expect(commandHeaders(sent)).toEqual({ kept: [], lost: ['authorization', 'x-api-key', 'x-long'] })
})
