import { request } from 'node:http'
import { type DecisionEvent, type LogEntry, pubsubPush } from '@countersign/receiver'
import { createTestIssuer, type TestIssuer } from '@countersign/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Adapter, HandlerAnswer, RunningApp, Verify } from './adapter.ts'
import { signCallsContract } from './sign-calls-contract.ts'

const audience = 'https://user-profiles-123.us-central1.run.app'
const login = 'login@acme.iam.gserviceaccount.com'
const stranger = 'mallory@evil.iam.gserviceaccount.com'

/** What every adapter has to do, over real sockets. Run against each. */
export function contract(adapter: Adapter): void {
  let issuer: TestIssuer

  beforeAll(async () => {
    issuer = await createTestIssuer()
  })

  const options = (more: Partial<Verify> = {}): Verify => ({
    allow: [login],
    audience,
    keys: issuer.keys,
    log: false,
    ...more,
  })
  const headersOf = (email: string) => issuer.headers({ email, audience })

  describe(`verifyCaller in ${adapter.name}`, () => {
    test('a listed caller gets through, and the handler knows who it is', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(`${app.url}/profiles/7`, { headers: await headersOf(login) })
      expect(answer.status).toBe(200)
      expect(await bodyOf(answer)).toMatchObject({ email: login, asserted: login })
    })

    test('a stranger with a genuine token is refused, and told so in every way', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url, { headers: await headersOf(stranger) })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.headers.get('countersign-code')).toBe('caller_not_allowed')
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="countersign", error="insufficient_scope", error_description="caller_not_allowed: /,
      )
      expect(await answer.json()).toEqual({
        type: 'urn:countersign:denial:caller_not_allowed',
        title: 'Caller not allowed',
        status: 403,
        code: 'caller_not_allowed',
        detail: expect.stringContaining('Add its service account to allow'),
      })
      expect(app.handled()).toBe(0)
    })

    test('a call without a token is challenged without an error code', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="countersign"')
      expect(answer.headers.get('countersign-code')).toBe('token_missing')
    })

    test('a HEAD is refused without a body', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url, { method: 'HEAD' })
      expect(answer.status).toBe(401)
      expect(await answer.text()).toBe('')
    })

    test('every forgery is refused with its own code, and no token is echoed', async () => {
      const app = await adapter.whole(options({ onDecision: () => {} }))
      for (const forgery of await issuer.forgeries({ email: login, audience })) {
        const { status, headers, text } = await send(app, forgery.rawHeaders)
        expect(status, forgery.name).toBe(forgery.expected.status)
        expect(headers['countersign-code'], forgery.name).toBe(forgery.expected.code)
        const sent = Object.values(forgery.headers).filter((value) => value.length > 40)
        for (const value of sent) {
          expect(text + JSON.stringify(headers), forgery.name).not.toContain(value.slice(7, 47))
        }
      }
      expect(app.handled()).toBe(0)
    })

    test('two Authorization headers are ambiguous', async () => {
      const app = await adapter.whole(options())
      const { authorization } = await headersOf(login)
      const { status, headers } = await send(app, [
        'Authorization',
        authorization,
        'Authorization',
        authorization,
      ])
      expect(status).toBe(400)
      expect(headers['countersign-code']).toBe('token_ambiguous')
    })

    test('no keys: 503 with Retry-After, and no challenge', async () => {
      const keys = {
        key: () => Promise.reject(new Error('down')),
        ready: () => Promise.reject(new Error('down')),
        health: () => ({ kids: [] }),
      }
      const app = await adapter.whole(options({ keys }))
      const answer = await fetch(app.url, { headers: await headersOf(login) })
      expect(answer.status).toBe(503)
      expect(answer.headers.get('countersign-code')).toBe('keys_unavailable')
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(answer.headers.get('www-authenticate')).toBeNull()
    })

    test('an unauthenticated route needs no token, and its HEAD neither', async () => {
      const app = await adapter.whole(options({ unauthenticated: ['GET /ready', 'OPTIONS /*'] }))
      const statuses = await Promise.all([
        statusOf(app, 'GET', '/ready'),
        statusOf(app, 'HEAD', '/ready'),
        statusOf(app, 'OPTIONS', '/any/thing'),
        statusOf(app, 'POST', '/ready'),
        statusOf(app, 'GET', '/ready/'),
        statusOf(app, 'GET', '/READY'),
        statusOf(app, 'GET', '//ready'),
        statusOf(app, 'GET', '/x/../ready'),
        statusOf(app, 'GET', '/%72eady'),
      ])
      expect(statuses).toEqual([200, 200, 200, 401, 401, 401, 401, 401, 401])
    })

    test('methods and paths of an entry hold, by the raw path', async () => {
      const rule = { email: login, methods: ['GET'], paths: ['/profiles/:id'] }
      const app = await adapter.whole(options({ allow: [rule] }))
      const headers = await headersOf(login)
      const statuses = await Promise.all(
        [
          ['GET', '/profiles/7'],
          ['GET', '/profiles/7?all=1'],
          ['DELETE', '/profiles/7'],
          ['GET', '/admin'],
          ['GET', '/admin/../profiles/7'],
          ['GET', '//evil/profiles/7'],
          ['GET', '/profiles/7%2f..%2f8'],
        ].map(([method = '', path = '']) => statusOf(app, method, path, headers)),
      )
      expect(statuses).toEqual([200, 200, 403, 403, 403, 403, 403])
    })

    test('a method override in a header changes nothing', async () => {
      const app = await adapter.whole(options({ allow: [{ email: login, methods: ['GET'] }] }))
      const headers = { ...(await headersOf(login)), 'x-http-method-override': 'GET' }
      expect(await statusOf(app, 'DELETE', '/profiles/7', headers)).toBe(403)
    })

    test('a rule sees the whole path on a mounted router', async () => {
      const rule = { email: login, paths: ['/mounted/profiles/:id'] }
      const app = await adapter.mounted(options({ allow: [rule] }))
      const headers = await headersOf(login)
      expect(await statusOf(app, 'GET', '/mounted/profiles/7', headers)).toBe(200)
      expect(await statusOf(app, 'GET', '/mounted/admin', headers)).toBe(403)
    })

    test('a single route can be guarded', async () => {
      const app = await adapter.onRoute(options())
      expect(await statusOf(app, 'GET', '/open')).toBe(200)
      expect(await statusOf(app, 'GET', '/admin')).toBe(401)
      expect(await statusOf(app, 'GET', '/admin', await headersOf(login))).toBe(200)
    })

    test('of two in a chain both have to let a call through', async () => {
      const both = [login, 'web@acme.iam.gserviceaccount.com']
      const app = await adapter.whole(options({ allow: both }), options())
      expect(await statusOf(app, 'GET', '/', await headersOf(login))).toBe(200)
      expect(await statusOf(app, 'GET', '/', await headersOf(both[1] as string))).toBe(403)
    })

    test('CORS and body parsers around it keep working', async () => {
      const app = await adapter.amongOthers(options())
      const init = { method: 'POST', body: '{"a":1}' }
      const json = { 'content-type': 'application/json' }
      const answer = await fetch(app.url, {
        ...init,
        headers: { ...json, ...(await headersOf(login)) },
      })
      expect(await bodyOf(answer)).toMatchObject({ email: login, body: { a: 1 } })
      const refused = await fetch(app.url, { ...init, headers: json })
      expect(refused.status).toBe(401)
      expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example')
    })

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

    test.each([
      ['answers', 'sorry: caller_not_allowed'],
      ['answers-later', 'sorry: caller_not_allowed'],
    ] as const)(
      'onDenied that %s replaces the body, with status and headers set',
      async (onDenied, text) => {
        const app = await adapter.whole(options({ onDenied }))
        const answer = await fetch(app.url, { headers: await headersOf(stranger) })
        expect(answer.status).toBe(403)
        expect(answer.headers.get('countersign-code')).toBe('caller_not_allowed')
        expect(await answer.text()).toBe(text)
      },
    )

    test('onDenied that answers nothing leaves it to the default', async () => {
      const app = await adapter.whole(options({ onDenied: 'silent' }))
      const answer = await fetch(app.url, { headers: await headersOf(stranger) })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ code: 'caller_not_allowed' })
    })

    test('onDenied that throws lets nobody through', async () => {
      const app = await adapter.whole(options({ onDenied: 'throws' }))
      const answer = await fetch(app.url, { headers: await headersOf(stranger) })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(app.handled()).toBe(0)
    })

    test('an empty list refuses to start', async () => {
      await expect(async () => adapter.whole(options({ allow: [] }))).rejects.toThrow(
        /^allow is empty, so nobody could call: list the service accounts that may/,
      )
    })
  })

  signCallsContract(adapter)
}

async function bodyOf(answer: Response): Promise<HandlerAnswer> {
  return (await answer.json()) as HandlerAnswer
}

async function statusOf(
  app: RunningApp,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const { status } = await send(app, Object.entries(headers).flat(), { method, path })
  return status
}

/** Sends headers and path exactly as they are: fetch would join, normalise or refuse them. */
function send(
  app: RunningApp,
  rawHeaders: readonly string[],
  { method = 'GET', path = '/' }: { method?: string; path?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const { hostname, port, host } = new URL(app.url)
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    headers: Record<string, unknown>
    text: string
  }>()
  const headers = ['Host', host, ...rawHeaders]
  request({ hostname, port, method, path, headers }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
    )
  })
    .on('error', reject)
    .end()
  return promise
}
