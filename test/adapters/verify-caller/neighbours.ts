import { describe, expect, test } from 'vitest'
import type { Adapter, RunningApp } from '../adapter.ts'
import { bodyOf, headersOf, lateKeys, login, options, statusOf } from './_world.ts'

const web = 'web@acme.iam.gserviceaccount.com'

/** Other middlewares before and after it. */
export function neighboursContract(adapter: Adapter): void {
  describe(`verifyCaller in ${adapter.name}`, () => {
    test('of two in a chain both have to let a call through', async () => {
      const both = [login, web]
      const app = await adapter.whole(options({ allow: both }), options())
      expect(await statusOf(app, 'GET', '/', await headersOf(login))).toBe(200)
      expect(await statusOf(app, 'GET', '/', await headersOf(web))).toBe(403)
    })

    test.each([
      ['that only reports', { allow: [login], mode: 'report-only' }],
      ['that lets the route pass', { unauthenticated: ['GET /'] }],
    ] as const)(
      'a caller that the first in a chain verified stays, whatever a second makes of it %s',
      async (_title, second) => {
        const app = await adapter.whole(options({ allow: [login, web] }), options(second))
        const answer = await fetch(app.url, { headers: await headersOf(web) })
        expect(await bodyOf(answer)).toMatchObject({ email: web, asserted: web })
      },
    )

    describe.each(['before', 'after'] as const)('with CORS and a body parser %s it', (where) => {
      const posted = { method: 'POST', body: '{"a":1}' }
      const json = { 'content-type': 'application/json', origin: 'https://app.example' }

      test('the handler gets the body, also where keys had to be waited for', async () => {
        const app = await adapter.among(options({ keys: lateKeys(30) }), where)
        const headers = { ...json, ...(await headersOf(login)) }
        const answer = await fetch(app.url, { ...posted, headers })
        expect(await bodyOf(answer)).toMatchObject({ email: login, body: { a: 1 } })
        expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
      })

      test('a refused call is refused', async () => {
        const app = await adapter.among(options(), where)
        const refused = await fetch(app.url, { ...posted, headers: json })
        expect(refused.status).toBe(401)
        expect(refused.headers.get('countersign-code')).toBe('token_missing')
        expect(refused.headers.has('access-control-allow-origin')).toBe(where === 'before')
        expect(app.handled()).toBe(0)
      })

      test('a preflight is answered by CORS, once it may pass', async () => {
        const preflight = (app: RunningApp) =>
          statusOf(app, 'OPTIONS', '/', { ...json, 'access-control-request-method': 'POST' })
        const guarded = await adapter.among(options(), where)
        expect(await preflight(guarded)).toBe(where === 'before' ? 204 : 401)
        const open = await adapter.among(options({ unauthenticated: ['OPTIONS /*'] }), where)
        expect(await preflight(open)).toBe(204)
      })
    })
  })
}
