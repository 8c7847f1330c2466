import { describe, expect, test } from 'vitest'
import type { Decision } from '../src/decision.ts'
import type { ReceiverOptions } from '../src/options.ts'
import { cloudScheduler, cloudTasks, eventarc, pubsubPush } from '../src/push-senders.ts'
import type { IncomingCall } from '../src/receiver.ts'
import { audience, codeOf, fixture, login } from './_receiver.ts'

const pusher = 'pusher@acme.iam.gserviceaccount.com'

/** Decides on a delivery, which is a POST unless it is said otherwise. */
function receiving(options: Partial<ReceiverOptions>) {
  const { check } = fixture(options)
  return (
    token: Parameters<typeof check>[0],
    call: Partial<IncomingCall> = {},
  ): Promise<Decision> => check(token, { method: 'POST', ...call })
}

describe('push senders', () => {
  test.each([
    ['pubsub', pubsubPush, { 'x-goog-pubsub-message-id': '9' }, { id: '9' }],
    [
      'cloud-tasks',
      cloudTasks,
      {
        'x-cloudtasks-queuename': 'q',
        'x-cloudtasks-taskname': 't',
        'x-cloudtasks-taskretrycount': '2',
      },
      { source: 'q', id: 't', retryCount: 2 },
    ],
    [
      'cloud-scheduler',
      cloudScheduler,
      { 'x-cloudscheduler-jobname': 'nightly' },
      { source: 'nightly' },
    ],
    ['eventarc', eventarc, { 'ce-source': 's', 'ce-id': 'i' }, { source: 's', id: 'i' }],
  ] as const)('%s: what the headers say is told', async (kind, sender, headers, told) => {
    const check = receiving({ allow: [sender({ serviceAccount: pusher })] })
    const decision = await check({ email: pusher }, { headers })
    expect(decision).toMatchObject({ allowed: true, caller: { push: { kind, ...told } } })
  })

  test.each(['-1', '', '0x10', '1e3', ' 1', '9'.repeat(20)])(
    'a retry count that is no count is left out: %j',
    async (text) => {
      const check = receiving({ allow: [cloudTasks({ serviceAccount: pusher })] })
      const headers = { 'x-cloudtasks-taskretrycount': text }
      const decision = await check({ email: pusher }, { headers })
      expect(decision.allowed && decision.caller?.push).toEqual({ kind: 'cloud-tasks' })
    },
  )

  test.each(['.evil.example/x', '@evil.example/x', ':443/x', 'http://h/x', ''])(
    'no target but a path follows an origin: %j',
    async (url) => {
      const check = receiving({ allow: [cloudTasks({ serviceAccount: pusher })] })
      const token = { email: pusher, audience: `https://user-profiles.example${url}` }
      const own = receiving({
        audience: 'https://user-profiles.example/',
        allow: [cloudTasks({ serviceAccount: pusher })],
      })
      expect(codeOf(await own(token, { url }))).toBe('audience_mismatch')
      expect(codeOf(await check({ ...token, audience: audience + url }, { url }))).toBe(
        url === '' ? 'allowed' : 'audience_mismatch',
      )
    },
  )

  test('without an audience each task has its own: this URL, with its query', async () => {
    const check = receiving({ allow: [cloudTasks({ serviceAccount: pusher })] })
    const token = { email: pusher, audience: `${audience}/tasks/1?a=1` }
    expect(codeOf(await check(token, { url: '/tasks/1?a=1' }))).toBe('allowed')
    expect(codeOf(await check(token, { url: '/tasks/1?a=2' }))).toBe('audience_mismatch')
    expect(codeOf(await check(token, { url: '/tasks/1' }))).toBe('audience_mismatch')
  })

  test("a push's audience is no audience of other entries", async () => {
    const check = receiving({ allow: [login, cloudTasks({ serviceAccount: pusher })] })
    expect(codeOf(await check({ audience: `${audience}/a` }, { url: '/a' }))).toBe(
      'audience_mismatch',
    )
  })

  test('with an audience only that one counts', async () => {
    const entry = pubsubPush({
      serviceAccount: pusher,
      audience: 'push',
      subject: '1',
      paths: ['/p'],
    })
    const check = receiving({ allow: [entry] })
    const token = { email: pusher, audience: 'push', subject: '1' }
    expect(codeOf(await check(token, { url: '/p' }))).toBe('allowed')
    expect(codeOf(await check(token, { url: '/q' }))).toBe('operation_not_allowed')
    expect(codeOf(await check({ ...token, audience: `${audience}/p` }, { url: '/p' }))).toBe(
      'audience_mismatch',
    )
  })

  test('an http origin counts too, and a URL in the middle of an audience does not', async () => {
    const own = ['http://orders.internal', 'name:https://other.example']
    const check = receiving({
      audience: own,
      allow: [login, cloudTasks({ serviceAccount: pusher })],
    })
    const call = (aud: string) => check({ email: pusher, audience: aud }, { url: '/t' })
    expect(codeOf(await call('http://orders.internal/t'))).toBe('allowed')
    expect(codeOf(await call('https://other.example/t'))).toBe('audience_mismatch')
    expect(codeOf(await call('null/t'))).toBe('audience_mismatch')
  })

  test.each([
    ['pubsub', pubsubPush],
    ['cloud-tasks', cloudTasks],
    ['cloud-scheduler', cloudScheduler],
    ['eventarc', eventarc],
  ] as const)('%s delivers with POST alone, by a list of our own too', async (push, sender) => {
    const lists = [[sender({ serviceAccount: pusher })], [{ push, email: pusher }]]
    for (const allow of lists) {
      const check = receiving({ allow })
      const codes = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'post', undefined].map(
        async (method) => codeOf(await check({ email: pusher }, { method })),
      )
      const [posted, ...others] = await Promise.all(codes)
      expect(posted).toBe('allowed')
      expect(new Set(others)).toEqual(new Set(['operation_not_allowed']))
    }
  })

  test.each([cloudTasks, cloudScheduler])(
    'a task or job may name other methods',
    async (sender) => {
      const check = receiving({
        allow: [sender({ serviceAccount: pusher, methods: ['GET', 'PUT'] })],
      })
      const codes = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].map(async (method) =>
        codeOf(await check({ email: pusher }, { method })),
      )
      expect(await Promise.all(codes)).toEqual([
        ...['allowed', 'allowed', 'allowed'],
        ...['operation_not_allowed', 'operation_not_allowed'],
      ])
    },
  )

  test.each(['custom', 'https://[custom'])('%s is no URL, and has no origin', async (custom) => {
    const check = receiving({
      audience: custom,
      allow: [cloudTasks({ serviceAccount: pusher })],
    })
    expect(codeOf(await check({ email: pusher, audience: custom }))).toBe('allowed')
    expect(codeOf(await check({ email: pusher, audience: `${custom}/` }))).toBe('audience_mismatch')
  })
})
