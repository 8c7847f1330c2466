import { expect, onTestFinished, test, vi } from 'vitest'
import type { ReceiverRules } from '../src/options.ts'
import { audience, codeOf, fixture, login, stranger } from './_receiver.ts'

/** Rules that a test changes while the receiver runs. */
function changing(first: ReceiverRules) {
  const source = { rules: first, later: false }
  const latest = () => (source.later ? Promise.resolve(source.rules) : source.rules)
  return { source, ...fixture({ ...first, latest }) }
}

const listed: ReceiverRules = { allow: [login], audience }

for (const later of [false, true]) {
  const how = later ? 'a promise' : 'at once'
  test(`whoever is taken off the list is refused at the next call, and a new one let in, ${how}`, async () => {
    const { source, check } = changing(listed)
    source.later = later
    expect(codeOf(await check())).toBe('allowed')
    expect(codeOf(await check({ email: stranger }))).toBe('caller_not_allowed')
    source.rules = { allow: [stranger], audience }
    expect(codeOf(await check())).toBe('caller_not_allowed')
    expect(codeOf(await check({ email: stranger }))).toBe('allowed')
  })
}

test('a token that was remembered gives nobody away: it is held against the new list', async () => {
  const { source, receiver, issuer, events } = changing(listed)
  const headers = await issuer.headers({ email: login, audience })
  await receiver.check({ headers })
  expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
  source.rules = { allow: [{ email: login, methods: ['GET'] }], audience }
  expect(codeOf(await receiver.check({ method: 'POST', headers }))).toBe('operation_not_allowed')
  source.rules = { allow: [login], audience: 'https://another.example' }
  expect(codeOf(await receiver.check({ headers }))).toBe('audience_mismatch')
  expect(events.map(({ cached }) => cached)).toEqual([false, true, true, true])
})

test('an empty list lets nobody in: the last caller may be revoked too', async () => {
  const { source, check } = changing(listed)
  expect(codeOf(await check())).toBe('allowed')
  source.rules = { allow: [], audience }
  expect(codeOf(await check())).toBe('caller_not_allowed')
  source.rules = { allow: [] }
  expect(codeOf(await check())).toBe('caller_not_allowed')
})

test('rules without an audience are refused where none is to be found, but for an empty list', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const own = { email: login, audience: 'https://own.example' }
  const { source, check } = changing({ allow: [own], audience: undefined as never })
  const call = () => check({ audience: 'https://own.example' })
  expect(codeOf(await call())).toBe('allowed')
  source.rules = { allow: [own, stranger] }
  expect(codeOf(await call())).toBe('allowed')
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no audience'), expect.anything())
  source.rules = { allow: [] }
  expect(codeOf(await call())).toBe('caller_not_allowed')
  expect(warn).toHaveBeenCalledTimes(1)
})

test('routes that need no caller are opened and closed', async () => {
  const { source, receiver } = changing({ ...listed, unauthenticated: ['GET /ready'] })
  const call = { method: 'GET', url: '/ready', headers: {} }
  expect(codeOf(await receiver.check(call))).toBe('allowed')
  source.rules = listed
  expect(codeOf(await receiver.check(call))).toBe('token_missing')
})

test('health and ready speak of the rules that count', async () => {
  const { source, receiver, check } = changing(listed)
  source.rules = { allow: [login], audience: 'https://another.example' }
  await check()
  expect(receiver.health().audiences).toEqual(['https://another.example'])
  await expect(receiver.ready()).resolves.toBeUndefined()
})

test('rules are compiled once, not at each call', async () => {
  const { source, check } = changing(listed)
  const allow = vi.fn(() => [login])
  source.rules = Object.defineProperty({ audience } as ReceiverRules, 'allow', { get: allow })
  for (let call = 0; call < 10; call += 1) await check()
  expect(allow).toHaveBeenCalledTimes(1)
})

test.each<[string, () => ReceiverRules | Promise<ReceiverRules>, string]>([
  ['are wrong', () => ({ allow: ['nobody'], audience }), 'allow[0] is "nobody"'],
  ['are no list', () => ({ allow: undefined as never }), 'allow is undefined'],
  ['are nothing', () => undefined as never, 'undefined'],
  [
    'can’t be had',
    () => {
      throw new Error('gone')
    },
    'gone',
  ],
  [
    'can’t be had, for a reason that is no error',
    () => {
      throw 'gone away'
    },
    'gone away',
  ],
  ['can’t be had later', () => Promise.reject(new Error('gone')), 'gone'],
  ['are wrong later', async () => ({ allow: ['nobody'], audience }), 'allow[0] is "nobody"'],
])('rules that %s change nothing, and the process warns', async (_title, latest, message) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { check } = fixture({ ...listed, latest })
  expect(codeOf(await check())).toBe('allowed')
  expect(codeOf(await check({ email: stranger }))).toBe('caller_not_allowed')
  expect(warn).toHaveBeenCalledWith(
    expect.stringContaining(message),
    expect.objectContaining({ code: 'COUNTERSIGN_RULES_REFUSED' }),
  )
  warn.mockRestore()
})
