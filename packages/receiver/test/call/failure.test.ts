import { describe, expect, test } from 'vitest'
import { cloudTasks } from '../../src/push-senders.ts'
import { audience, fixture, login, stranger } from '../_receiver.ts'

describe('onDecision', () => {
  const hour = 3600
  const at = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

  test.each([
    ['issuer_mismatch', { iss: 'https://a' }, 'https://accounts.google.com or accounts.google.com'],
    ['claim_invalid', { exp: 'soon' }, 'finite numbers in exp, iat and, if it is there, nbf'],
    ['token_expired', { iat: at(-2 * hour), exp: at(-hour) }, /^exp after \d{10}$/],
    ['token_not_yet_valid', { nbf: at(hour) }, /^iat and nbf up to \d{10}$/],
    ['lifetime_too_long', { iat: at(0), exp: at(2 * hour) }, '3600 seconds'],
    ['claim_invalid', { sub: '' }, 'a text in sub'],
    ['email_missing', { email: undefined }, 'an email claim'],
    ['claim_invalid', { email: [login] }, 'a text in email'],
    ['email_unverified', { email_verified: false }, 'email_verified true'],
    ['not_a_service_account', { email: 'a@example.com' }, 'an email of a service account'],
  ] as const)('says what was expected: %s, case %#', async (code, claims, expected) => {
    const { check, events } = fixture()
    await check({ claims })
    const pattern = typeof expected === 'string' ? expected : expect.stringMatching(expected)
    expect(events).toMatchObject([{ code, expected: pattern }])
  })

  test('says how long a lifetime was', async () => {
    const { check, events } = fixture()
    await check({ lifetimeSeconds: 7200 })
    expect(events[0]?.got).toBe('7200')
  })

  test('names the operation, and those that are allowed', async () => {
    const allow = [
      { email: login, methods: ['GET', 'PUT'], paths: ['/a', '/b'] },
      { email: login, paths: ['/c'] },
    ]
    const { check, events } = fixture({ allow })
    await check({}, { method: 'POST', url: '/x?y=1' })
    await check({}, { method: 'POST', url: '/x/../a' })
    const expected = 'GET, PUT on /a, /b or any method on /c'
    expect(events).toMatchObject([
      { got: 'POST /x', expected },
      { got: 'POST a path that no rule speaks of', expected },
    ])
  })

  test("names the audiences, and a push's own URL", async () => {
    const pusher = 'pusher@acme.iam.gserviceaccount.com'
    const { check, events } = fixture({ allow: [login, cloudTasks({ serviceAccount: pusher })] })
    await check({ audience: 'https://other' })
    expect(events[0]?.expected).toBe(`${audience} or the request's own URL`)
  })

  test('names the audiences of the entries that the caller has, and of no other', async () => {
    const web = 'web@acme.iam.gserviceaccount.com'
    const { check, events } = fixture({
      allow: [
        { email: login, audience: ['https://a', 'https://b'] },
        { email: login, audience: 'https://c' },
        { email: web, audience: 'https://d' },
      ],
    })
    await check({ audience: 'https://d' })
    expect(events).toMatchObject([
      {
        code: 'audience_mismatch',
        got: 'https://d',
        expected: 'https://a or https://b or https://c',
      },
    ])
  })

  test("names a push's own URL among the audiences of its entry", async () => {
    const pusher = 'pusher@acme.iam.gserviceaccount.com'
    const web = { email: 'web@acme.iam.gserviceaccount.com', audience: 'https://d' }
    const { check, events } = fixture({ allow: [web, cloudTasks({ serviceAccount: pusher })] })
    await check({ email: pusher, audience: 'https://d' })
    expect(events[0]?.expected).toBe(`${audience} or the request's own URL`)
  })

  test('in discovery names the audiences that the service has, though nobody is listed', async () => {
    const { check, events } = fixture({ allow: [], mode: 'report-only' })
    await check({ audience: 'https://the.other.default.url' })
    expect(events).toMatchObject([{ code: 'audience_mismatch', expected: audience }])
  })

  test('names all that are listed, and all that are pinned', async () => {
    const { check, events } = fixture({
      allow: [
        { email: login, subject: '1' },
        { email: login, subject: '2' },
        'web@acme.iam.gserviceaccount.com',
      ],
    })
    await check({ subject: '3' })
    await check({ email: stranger })
    expect(events.map(({ expected }) => expected)).toEqual([
      '1, 2',
      `${login}, web@acme.iam.gserviceaccount.com`,
    ])
  })
})
