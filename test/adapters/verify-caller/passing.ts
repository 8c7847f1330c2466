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
          log: (entry) => entries.push(entry),
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

    test("a push sender's headers are told, and are no identity", async () => {
      const pusher = 'pusher@acme.iam.gserviceaccount.com'
      const app = await adapter.whole(
        options({ allow: [pubsubPush({ serviceAccount: pusher, paths: ['/push'] })] }),
      )
      const about = { 'x-goog-pubsub-subscription-name': 'projects/acme/subscriptions/orders' }
      const token = await issuer.headers({ email: pusher, audience: `${audience}/push?token=1` })
      const answer = await fetch(`${app.url}/push?token=1`, { headers: { ...token, ...about } })
      expect(await bodyOf(answer)).toMatchObject({
        email: pusher,
        push: { kind: 'pubsub', source: 'projects/acme/subscriptions/orders' },
      })
      expect(await statusOf(app, 'GET', '/push?token=2', token)).toBe(401)
      expect(await statusOf(app, 'GET', '/push', about)).toBe(401)
    })
  })
}
