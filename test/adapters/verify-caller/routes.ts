import { describe, expect, test } from 'vitest'
import type { Adapter } from '../adapter.ts'
import { headersOf, login, options, statusOf } from './_world.ts'

/** Rules for methods, paths and routes, wherever the middleware stands. */
export function routesContract(adapter: Adapter): void {
  describe(`verifyCaller in ${adapter.name}`, () => {
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

    test.each(['mounted', 'onRouter'] as const)('a rule sees the whole path: %s', async (where) => {
      const rule = { email: login, paths: ['/mounted/profiles/:id'] }
      const app = await adapter[where](options({ allow: [rule] }))
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
  })
}
