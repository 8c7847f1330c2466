import { runInNewContext } from 'node:vm'
import { type DecisionEvent, type LogEntry, pubsubPush } from '@countersign/receiver'
import { describe, expect, test } from 'vitest'
import type { Adapter } from '../adapter.ts'
import {
  audience,
  bodyOf,
  headersOf,
  issuer,
  login,
  options,
  statusOf,
  stranger,
} from './_world.ts'

/** Calls that pass without being enforced, or without a caller. */
export function passingContract(adapter: Adapter): void {
  describe(`verifyCaller in ${adapter.name}`, () => {
    test('report-only lets every call through, marks nobody as verified, and says what it would have done', async () => {
      const events: DecisionEvent[] = []
      const entries: LogEntry[] = []
      const app = await adapter.whole(
        options({
          mode: 'report-only',
          onDecision: (event) => events.push(event),
          log: (entry) => 'enforced' in entry && entries.push(entry),
        }),
      )
      const answer = await fetch(`${app.url}/x`, { headers: await headersOf(stranger) })
      expect(await bodyOf(answer)).toMatchObject({ email: null })
      expect(events).toMatchObject([
        { outcome: 'reported', code: 'caller_not_allowed', got: stranger, expected: login },
      ])
      expect(entries).toMatchObject([{ enforced: false, caller: stranger, path: '/x' }])
    })

    test("end users' tokens beside service tokens are let pass with no caller set", async () => {
      const app = await adapter.whole(options({ missingToken: 'pass', otherTokens: 'pass' }))
      const none = await fetch(app.url)
      expect(await bodyOf(none)).toMatchObject({
        email: null,
        asserted: expect.stringMatching(/^no caller is set/),
      })
      const user = await fetch(app.url, {
        headers: { authorization: 'Bearer opaque-session-token' },
      })
      expect(await bodyOf(user)).toMatchObject({ email: null })
      expect(await statusOf(app, 'GET', '/', await headersOf(stranger))).toBe(403)
    })

    test.each([
      ['nothing', () => undefined],
      ['no object', () => 'allowed'],
      ['nothing that was decided', () => ({})],
      ['something that only looks like yes', () => ({ allowed: 'true', enforced: 0 })],
      ['a promise of nothing', async () => undefined],
      ['a promise that fails', () => Promise.reject(new Error('broken'))],
      ['a thenable of nothing', () => thenable({ allowed: 1 })],
      ['a promise of another realm', () => runInNewContext('Promise.resolve({ allowed: null })')],
    ])('a receiver that answers with %s lets nobody in', async (_title, decide) => {
      const app = await adapter.deciding(options(), decide)
      expect(await statusOf(app, 'GET', '/', await headersOf(login))).toBe(503)
      expect(app.handled()).toBe(0)
    })

    test.each([
      ['a thenable', (decision: object) => thenable(decision)],
      ['a promise of another realm', inAnotherRealm],
    ])('a decision that comes as %s counts', async (_title, wrapped) => {
      const denial = { status: 403, code: 'caller_not_allowed', headers: {}, detail: '' }
      const statuses = await Promise.all(
        [
          { allowed: true, caller: undefined },
          { allowed: false, enforced: false, denial },
          { allowed: false, enforced: true, denial },
        ].map(async (decision) => {
          const app = await adapter.deciding(options(), () => wrapped(decision))
          return statusOf(app, 'GET', '/')
        }),
      )
      expect(statuses).toEqual([200, 200, 403])
    })

    test("a push sender's headers are told, and are no identity", async () => {
      const pusher = 'pusher@acme.iam.gserviceaccount.com'
      const app = await adapter.whole(
        options({ allow: [pubsubPush({ serviceAccount: pusher, paths: ['/push'] })] }),
      )
      const about = { 'x-goog-pubsub-subscription-name': 'projects/acme/subscriptions/orders' }
      const token = await issuer.headers({ email: pusher, audience: `${audience}/push?token=1` })
      const answer = await fetch(`${app.url}/push?token=1`, {
        method: 'POST',
        headers: { ...token, ...about },
      })
      expect(await bodyOf(answer)).toMatchObject({
        email: pusher,
        push: { kind: 'pubsub', source: 'projects/acme/subscriptions/orders' },
      })
      expect(await statusOf(app, 'GET', '/push?token=1', token)).toBe(403)
      expect(await statusOf(app, 'POST', '/push?token=2', token)).toBe(401)
      expect(await statusOf(app, 'POST', '/push', about)).toBe(401)
    })
  })
}

/** What some library takes for a promise. */
function thenable(decision: unknown): object {
  // biome-ignore lint/suspicious/noThenProperty: that is the point
  return { then: (resolve: (value: unknown) => void) => resolve(decision) }
}

function inAnotherRealm(decision: object): unknown {
  return runInNewContext('Promise.resolve(decision)', { decision })
}
