import { runInNewContext } from 'node:vm'
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

test.each<[string, Partial<ReceiverRules>, string]>([
  ['takes it off the list', { allow: [] }, 'caller_not_allowed'],
  ['has another audience', { audience: 'https://another.example' }, 'audience_mismatch'],
  ['pins another account', { allow: [{ email: login, subject: '1' }] }, 'subject_mismatch'],
  ['allows it less', { allow: [{ email: login, paths: ['/x'] }] }, 'operation_not_allowed'],
  ['opens the route', { allow: [], unauthenticated: ['GET /'] }, 'allowed'],
  ['says the same', {}, 'allowed'],
])(
  'a call that waits for keys is judged by the list that counts then: it %s',
  async (_title, newer, code) => {
    for (const later of [false, true]) {
      const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
      const { issuer } = fixture()
      const keys = {
        ...issuer.keys,
        async key(kid: string) {
          await arrived
          return issuer.keys.key(kid)
        },
      }
      let rules = listed
      const latest = () => (later ? Promise.resolve(rules) : rules)
      const { check } = fixture({ ...listed, keys, latest })
      const waiting = check()
      await new Promise((resolve) => setTimeout(resolve, 5))
      rules = { ...listed, ...newer }
      arrive()
      expect(codeOf(await waiting)).toBe(code)
    }
  },
)

test.each<[string, Partial<ReceiverRules>, string]>([
  ['opens the route', { unauthenticated: ['GET /'] }, 'allowed'],
  ['says the same', {}, 'keys_unavailable'],
])(
  'a call that waits for keys in vain is judged by it, too: it %s',
  async (_title, newer, code) => {
    const { promise: gone, reject: fail } = Promise.withResolvers<never>()
    const { issuer } = fixture()
    let rules = listed
    const keys = { ...issuer.keys, key: () => gone }
    const { check } = fixture({ ...listed, keys, latest: () => rules })
    const waiting = check()
    await new Promise((resolve) => setTimeout(resolve, 5))
    rules = { ...listed, ...newer }
    fail(new Error('down'))
    expect(codeOf(await waiting)).toBe(code)
  },
)

test('a token that expires while keys are waited for is refused', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const { issuer } = fixture()
  const key = async (kid: string) => {
    await arrived
    return issuer.keys.key(kid)
  }
  const { check, clock } = fixture({ keys: { ...issuer.keys, key } })
  const waiting = check()
  await new Promise((resolve) => setTimeout(resolve, 5))
  clock.time += 3_700_000
  arrive()
  expect(codeOf(await waiting)).toBe('token_expired')
})

test('an empty list lets nobody in: the last caller may be revoked too', async () => {
  const { source, check } = changing(listed)
  expect(codeOf(await check())).toBe('allowed')
  source.rules = { allow: [], audience }
  expect(codeOf(await check())).toBe('caller_not_allowed')
  source.rules = { allow: [] }
  expect(codeOf(await check())).toBe('caller_not_allowed')
})

test('what an empty list expects is said in words', async () => {
  const { source, check, events } = changing(listed)
  source.rules = { allow: [] }
  await check({ audience: 'https://another.example' })
  await check()
  const nothing = 'nothing: the allow-list is empty'
  expect(events).toMatchObject([
    { code: 'audience_mismatch', expected: nothing },
    { code: 'audience_mismatch', expected: nothing },
  ])
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

test('a slow answer that a later question has overtaken counts for nothing', async () => {
  const answers: PromiseWithResolvers<ReceiverRules>[] = []
  const latest = (): Promise<ReceiverRules> => {
    const answer = Promise.withResolvers<ReceiverRules>()
    answers.push(answer)
    return answer.promise
  }
  const { check } = fixture({ ...listed, latest })
  const revoked: ReceiverRules = { allow: [stranger], audience }
  const slow = check()
  const quick = check()
  await vi.waitFor(() => expect(answers).toHaveLength(2))
  answers[1]?.resolve(revoked)
  expect(codeOf(await quick)).toBe('caller_not_allowed')
  answers[0]?.resolve({ allow: [login], audience })
  expect(codeOf(await slow)).toBe('caller_not_allowed')
  const after = check()
  await vi.waitFor(() => expect(answers).toHaveLength(3))
  answers[2]?.resolve(revoked)
  expect(codeOf(await after)).toBe('caller_not_allowed')
})

test('an older answer that says what is said already undoes nothing', async () => {
  const early = Promise.withResolvers<ReceiverRules>()
  const asked = [early.promise, { allow: [stranger], audience }]
  const { receiver, issuer } = fixture({ ...listed, latest: () => asked.shift() ?? listed })
  const headers = await issuer.headers({ email: login, audience })
  const slow = receiver.check({ headers })
  expect(codeOf(await receiver.check({ headers }))).toBe('caller_not_allowed')
  early.resolve(listed)
  expect(codeOf(await slow)).toBe('caller_not_allowed')
  expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
})

test('no call waits for ever: after two seconds the old rules count', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { receiver, issuer } = fixture({ ...listed, latest: () => new Promise(() => {}) })
  const headers = await issuer.headers({ email: login, audience })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
    warn.mockRestore()
  })
  const decided = receiver.check({ headers })
  await vi.advanceTimersByTimeAsync(2000)
  expect(codeOf(await decided)).toBe('allowed')
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no answer in 2000 ms'), {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_RULES_REFUSED',
  })
})

test('a promise of another realm or library is one', async () => {
  const rules = { allow: [stranger], audience }
  const latest = () => runInNewContext('Promise.resolve(rules)', { rules })
  const { check } = fixture({ ...listed, latest })
  expect(codeOf(await check())).toBe('caller_not_allowed')
  expect(codeOf(await check({ email: stranger }))).toBe('allowed')
})

test('the same trouble is reported once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const source = { trouble: 'gone' }
  const latest = (): ReceiverRules => {
    if (source.trouble) throw new Error(source.trouble)
    return listed
  }
  const { check } = fixture({ ...listed, latest })
  for (const trouble of ['gone', 'gone', 'lost', '', 'lost', 'lost']) {
    source.trouble = trouble
    await check()
  }
  expect(warn).toHaveBeenCalledTimes(2)
})

test('without it nobody is warned', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  expect(codeOf(await fixture(listed).check())).toBe('allowed')
  expect(warn).not.toHaveBeenCalled()
})

test('rules are compiled once, not at each call', async () => {
  const { source, check } = changing(listed)
  const allow = vi.fn(() => [login])
  source.rules = Object.defineProperty({ audience } as ReceiverRules, 'allow', {
    get: allow,
    enumerable: true,
  })
  for (let call = 0; call < 10; call += 1) await check()
  expect(allow).toHaveBeenCalledTimes(1)
})

test.each<[string, () => ReceiverRules | Promise<ReceiverRules>, string]>([
  ['are wrong', () => ({ allow: ['nobody'], audience }), 'but is "nobody"'],
  ['are no list', () => ({ allow: undefined as never }), 'allow must be a list, but is undefined'],
  ['are nothing', () => undefined as never, 'what latest returns must be an object'],
  [
    'have a slip of the pen',
    () => ({ allow: [stranger], audience, unauthentikated: [] }) as never,
    'has no "unauthentikated"',
  ],
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
  [
    'can’t be had later, for a reason that can’t become a text',
    () => Promise.reject(Object.create(null)),
    'something that is not an error',
  ],
  ['are wrong later', async () => ({ allow: ['nobody'], audience }), 'but is "nobody"'],
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
