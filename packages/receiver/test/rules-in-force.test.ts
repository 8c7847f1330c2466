import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import type { LogEntry } from '../src/events.ts'
import type { ReceiverOptions, ReceiverRules } from '../src/options.ts'
import { pubsubPush } from '../src/push-senders.ts'
import { audience, fixture, login, stranger } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const digest = 'a'.repeat(64)
const pusher = 'pusher@acme.iam.gserviceaccount.com'

function linesOnStdout(): LogEntry[] {
  const lines: LogEntry[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)))
    return true
  })
  onTestFinished(() => write.mockRestore())
  return lines
}

test('at the start one line says who may call what, and health says the same', () => {
  const lines = linesOnStdout()
  const receiver = createReceiver({
    audience,
    allow: [
      pubsubPush({ serviceAccount: pusher, paths: ['/push'], audience: 'https://push.example' }),
      { email: login, methods: ['GET'], paths: ['/profiles/:id'] },
      { email: login, methods: ['POST'], subject: '1075' },
      'cron@acme.iam.gserviceaccount.com',
    ],
    unauthenticated: ['GET /ready'],
    policy: { digest, environment: 'prod' },
  })
  const rules = {
    digest,
    digestOf: 'policy',
    environment: 'prod',
    mode: 'enforce',
    callers: [
      'cron@acme.iam.gserviceaccount.com: any method on any path',
      `${login}: GET on /profiles/:id; POST on any path (subject 1075)`,
      `${pusher}: POST on /push (pubsub, audience https://push.example)`,
    ],
    callerCount: 3,
    unauthenticated: ['GET /ready'],
  }
  expect(lines).toEqual([
    {
      severity: 'NOTICE',
      message: 'countersign receiver 0.1.0, enforce: 3 callers, policy aaaaaaaaaaaa (prod)',
      code: 'rules_in_force',
      ...rules,
      audiences: [audience],
      version: '0.1.0',
    },
  ])
  const health = receiver.health()
  expect(health).toMatchObject({ version: '0.1.0', rules, audiences: [audience] })
  expect(health.rules.since).toBeInstanceOf(Date)
  expect(health.rules).not.toHaveProperty('audiences')
})

test.each([
  [{ missingToken: 'pass' }, '; calls without a token pass'],
  [{ otherTokens: 'pass' }, "; calls with another token than Google's pass"],
  [
    { missingToken: 'pass', otherTokens: 'pass' },
    "; calls without a token, or with another one than Google's, pass",
  ],
  [{ missingToken: 'refuse' }, ''],
] as const)('the calls that pass without a caller are named: %j', (options, words) => {
  const { receiver, notices } = fixture(options)
  const { missingToken, otherTokens } = receiver.health().rules
  const shown = Object.values(options).includes('pass' as never) ? options : {}
  expect({ missingToken, otherTokens }).toEqual({
    missingToken: undefined,
    otherTokens: undefined,
    ...shown,
  })
  expect(notices).toMatchObject([
    { message: expect.stringMatching(/rules [0-9a-f]{12}/), ...shown },
  ])
  expect(notices[0]?.message.replace(/^.*rules [0-9a-f]{12}/, '')).toBe(words)
})

test('calls add nothing to it', async () => {
  const { check, notices } = fixture()
  await check()
  await check()
  expect(notices.map(({ code }) => code)).toEqual(['rules_in_force'])
})

test('log: false silences it, and health says it all the same', () => {
  const lines = linesOnStdout()
  const { receiver } = fixture({ log: false })
  expect(lines).toEqual([])
  expect(receiver.health().rules.callers).toEqual([`${login}: any method on any path`])
})

test('options that stop the start are not in force', () => {
  const lines = linesOnStdout()
  const wrong = { allow: [login], audience, tokenHeader: 'cookie' } as unknown as ReceiverOptions
  expect(() => createReceiver(wrong)).toThrow(TypeError)
  expect(lines).toEqual([])
})

test('without a policy the digest is that of the rules, in whatever order they are written', () => {
  const digestOf = (rules: Partial<ReceiverOptions>) => {
    const { digestOf: source, digest } = fixture(rules).receiver.health().rules
    expect(source).toBe('rules')
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    return digest
  }
  const both = digestOf({ allow: [login, stranger] })
  expect(digestOf({ allow: [stranger, login] })).toBe(both)
  expect(digestOf({ allow: [login] })).not.toBe(both)
  expect(digestOf({ allow: [login, { email: stranger, methods: ['GET'] }] })).not.toBe(both)
  expect(digestOf({ allow: [login, stranger], unauthenticated: ['GET /ready'] })).not.toBe(both)
})

test('newer rules are a line of their own; the same ones in a new object are none', async () => {
  let rules: ReceiverRules = { allow: [login], audience }
  const { receiver, check, notices, clock } = fixture({ latest: () => ({ ...rules }) })
  const before = receiver.health().rules
  clock.time += 60_000
  await check()
  await check()
  expect(receiver.health().rules).toEqual(before)
  rules = { allow: [stranger], audience, policy: { digest } }
  await check()
  await check()
  expect(notices).toMatchObject([
    { code: 'rules_in_force', digestOf: 'rules', callers: [`${login}: any method on any path`] },
    { code: 'rules_in_force', digest, callers: [`${stranger}: any method on any path`] },
  ])
  expect(receiver.health().rules).toMatchObject({ digest, since: new Date(clock.time) })
})

test('of a long list the first fifty are named, and all are counted', () => {
  const allow = Array.from({ length: 60 }, (_, index) => ({
    email: `service-${index}@acme.iam.gserviceaccount.com`,
    paths: Array.from({ length: 40 }, (_, path) => `/a-long-path-of-some-kind/${path}`),
  }))
  const { notices, receiver } = fixture({ allow })
  const [entry] = notices
  expect(entry).toMatchObject({ callerCount: 60, callers: { length: 50 } })
  expect(JSON.stringify(entry).length).toBeLessThan(50 * 600)
  expect(receiver.health().rules.callers).toHaveLength(50)
})

test('keys that cannot say how they are keep no rules from counting', () => {
  const { issuer } = fixture()
  const health = () => {
    throw new Error('not now')
  }
  const { notices } = fixture({ keys: { ...issuer.keys, health } })
  expect(notices).toMatchObject([{ code: 'rules_in_force' }])
})

test('the emulator is named where its keys stand in, and report-only is told', () => {
  vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
  vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
  const lines = linesOnStdout()
  createReceiver({ allow: [login], audience })
  expect(lines).toMatchObject([
    {
      message: expect.stringContaining('report-only: 1 caller, rules '),
      mode: 'report-only',
      emulator: 'http://127.0.0.1:8790',
    },
  ])
})

test.each([
  [{ digest: 7 }, 'policy.digest must be a string, but is 7: write the SHA-256 of the policy'],
  [{ digest: '' }, 'policy.digest must be a string, but is "": write the SHA-256 of the policy'],
  [{ digest, environment: 7 }, 'policy.environment must be a string, but is 7: write its name'],
  [{ digest, name: 'x' }, 'policy has no "name": write one of digest, environment'],
  ['x', 'policy must be an object, but is "x": write { … }'],
])('a policy of %j stops the start', (policy, message) => {
  expect(() => fixture({ policy: policy as never })).toThrow(new TypeError(message))
})
