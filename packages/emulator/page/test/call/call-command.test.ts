import type { CallHandled, HeaderList } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { callCommand } from '../../src/call/command.ts'
import { accountOf, call, stateOf } from '../events.ts'

const { services, ...rest } = stateOf(['login', 'search'])
const frontDoor = 'http://127.0.0.1:4001'
const running = { ...rest, services: services.map((service) => ({ ...service, frontDoor })) }
const login = { service: 'login', account: accountOf('login') }

function sent(headers: HeaderList): Pick<CallHandled, 'layers'> {
  return { layers: [{ stage: 'sent', headers }] }
}

test('a call of a service becomes the command that repeats it', () => {
  expect(callCommand(call(), running)).toEqual({
    command: 'npx countersign call search /profiles/7 --as login --emulator http://127.0.0.1:4000',
    notes: [],
  })
})

test('a header whose value is not recorded is left out, and listed', () => {
  const headers = [
    ['x-api-key', '[redacted]'],
    ['cookie', '[redacted]'],
    ['x-tenant', 'blue'],
  ] as const
  const result = callCommand(call(sent(headers)), running)
  expect(result).toMatchObject({
    command: expect.stringMatching(/-H 'x-tenant: blue' --emulator/),
    notes: ['without x-api-key and cookie, whose values are not recorded'],
  })
})

test('a body is left out, and the notes say so', () => {
  const posted = call({ method: 'POST', ...sent([['content-length', '7']]) })
  expect(callCommand(posted, running)).toMatchObject({ notes: ['without the body'] })
})

test('a token of the service that was not valid is replaced by a valid one', () => {
  const token = { stage: 'token', header: 'authorization', claims: {}, issuedHere: true } as const
  const caller = { ...login, verified: false }
  const own = callCommand(call({ caller, layers: [token] }), running)
  expect(own).toMatchObject({ notes: ['with a valid token'] })
  const forged = callCommand(call({ caller, layers: [{ ...token, issuedHere: false }] }), running)
  expect(forged).toEqual({ reason: expect.stringContaining('only claimed') })
})

const strangerCaller = { account: accountOf('stranger'), verified: true }
test.each([
  ['an account of no service', { caller: strangerCaller }, 'no service has the account stranger'],
  ['a service that is not there', { receiver: 'billing' }, 'no front door for billing'],
  [
    'a caller that is not there',
    { caller: { ...login, service: 'x', verified: true } },
    'no service x',
  ],
  ['a secret in its path', { target: '/a?key=[redacted]' }, 'path'],
  ['a path that was cut', { target: `/${'a'.repeat(1_999)}…` }, 'path'],
  ['a path that a URL would change', { target: '/a/../b' }, 'path'],
  ['no path', { target: '*' }, 'path'],
  ['a method that fetch refuses', { method: 'TRACE' }, 'TRACE'],
  [
    'a key that a terminal executes',
    sent([['x-tenant', 'blue\u0003\nid\n']]),
    'control characters',
  ],
  ['text in another direction', sent([['x-tenant', 'a\u202eb']]), 'control characters'],
  ['a WebSocket', sent([['upgrade', 'websocket']]), 'WebSocket'],
] as [string, Partial<CallHandled>, string][])(
  'a call with %s has no command, and the reason is given',
  (_title, overrides, why) => {
    expect(callCommand(call(overrides), running)).toEqual({ reason: expect.stringContaining(why) })
  },
)

test('without an emulator there is no command', () => {
  expect(callCommand(call(), undefined)).toEqual({
    reason: expect.stringContaining('answers'),
  })
})

test('a push is repeated by its own command, also one that was refused', () => {
  const caller = { account: accountOf('pusher'), verified: false }
  const push = { name: 'orders', kind: 'pubsub', to: 'search', path: '/push' } as never
  expect(callCommand(call({ caller }), running, { push })).toMatchObject({
    command: 'npx countersign push orders --emulator http://127.0.0.1:4000',
  })
})

test('a host name of another network is mentioned in the notes', () => {
  const inCompose = { ...running, url: 'http://emulator:8790' }
  expect(callCommand(call(), inCompose, { pageHost: 'localhost' })).toMatchObject({
    notes: ['only on machines that know the host name emulator'],
  })
  expect(callCommand(call(), inCompose, { pageHost: 'emulator' })).toMatchObject({ notes: [] })
})

test('the shell does not interpret the value of a header', () => {
  const value = `it's $(id) \`id\` "x" !! \\`
  expect(callCommand(call(sent([['x-tenant', value]])), running)).toMatchObject({
    command: expect.stringContaining(`-H 'x-tenant: it'\\''s $(id) \`id\` "x" !! \\' --emulator`),
  })
})
