import type { DecisionEvent } from '@countersign/receiver'
import { describe, expect, test } from 'vitest'
import type { Adapter, Rewrite } from '../adapter.ts'
import { headersOf, login, options, statusOf, stranger } from './_world.ts'

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

    test('a rule with methods covers no method that a header would put in its place later', async () => {
      const rule = { email: login, methods: ['POST', 'PATCH'] }
      const app = await adapter.whole(options({ allow: [rule], unauthenticated: ['POST /open'] }))
      const token = await headersOf(login)
      const statuses = await Promise.all([
        statusOf(app, 'POST', '/x', { ...token, 'x-http-method-override': 'DELETE' }),
        statusOf(app, 'POST', '/x', { ...token, 'x-method-override': 'DELETE' }),
        statusOf(app, 'POST', '/x', { ...token, 'x-http-method': 'delete' }),
        statusOf(app, 'POST', '/open', { 'x-http-method-override': 'DELETE' }),
        statusOf(app, 'POST', '/x', { ...token, 'x-http-method-override': 'patch' }),
        statusOf(app, 'POST', '/open'),
      ])
      expect(statuses).toEqual([403, 403, 403, 401, 200, 200])
    })

    test('a method that was overridden before the check is the one that counts', async () => {
      const rule = { email: login, methods: ['POST'] }
      const app = await adapter.rewriting(options({ allow: [rule] }), 'top', (request) => {
        request.method = String(request.headers['x-verb'])
      })
      const token = await headersOf(login)
      expect(await statusOf(app, 'POST', '/x', { ...token, 'x-verb': 'DELETE' })).toBe(403)
      expect(await statusOf(app, 'GET', '/x', { ...token, 'x-verb': 'POST' })).toBe(200)
    })

    test('without options the start says what to write', async () => {
      const start = async () => adapter.whole(undefined as never)
      await expect(start()).rejects.toThrow(
        'receiver options must be an object, but is undefined: write { allow: ["login-run@',
      )
    })

    test('a mistyped option of its own is refused with the list of all', async () => {
      const start = async () => adapter.whole({ ...options({}), onDenid: () => {} } as never)
      await expect(start()).rejects.toThrow(
        /has no "onDenid": write one of allow, .*, onDenied \(did you mean "onDenied"\?\)$/,
      )
    })

    test('a refusal in a mounted app says that paths count from the root', async () => {
      const events: DecisionEvent[] = []
      const rule = { email: login, paths: ['/profiles/:id'] }
      const onDecision = (event: DecisionEvent) => events.push(event)
      const app = await adapter.mounted(options({ allow: [rule], onDecision }))
      expect(await statusOf(app, 'GET', '/mounted/profiles/7', await headersOf(login))).toBe(403)
      expect(events).toMatchObject([
        { expected: expect.stringContaining('paths count from the root of the application') },
      ])
    })

    test.each(['mounted', 'onRouter'] as const)('a rule sees the whole path: %s', async (where) => {
      const rule = { email: login, paths: ['/mounted/profiles/:id'] }
      const app = await adapter[where](options({ allow: [rule] }))
      const headers = await headersOf(login)
      expect(await statusOf(app, 'GET', '/mounted/profiles/7', headers)).toBe(200)
      expect(await statusOf(app, 'GET', '/mounted/admin', headers)).toBe(403)
    })

    test('a rule sees the whole path of an app in an app that is mounted', async () => {
      const rule = { email: login, paths: ['/outer/inner/:id', '/outer/inner'] }
      const app = await adapter.nested(options({ allow: [rule] }))
      const headers = await headersOf(login)
      const paths = ['/outer/inner/7', '/outer/inner/7?a=/b', '/outer/inner', '/outer/inner?a']
      for (const path of paths) expect(await statusOf(app, 'GET', path, headers), path).toBe(200)
      expect(await statusOf(app, 'GET', '/outer/inner/7/8', headers)).toBe(403)
    })

    describe('where the URL was rewritten before', () => {
      /** Takes `/public` off, wherever it stands. */
      const rewrite: Rewrite = (request) => {
        request.url = request.url?.replace('/public', '')
      }
      const open = ['GET /public/:page', 'GET /mounted/:page', 'GET /mounted/public/:page']
      const rules = {
        unauthenticated: [...open, 'GET /public/mounted/:page'],
        allow: [{ email: login, paths: ['/*'] }, { email: stranger }],
      }

      test.each([
        ['top', '/public/admin'],
        ['in-mounted', '/mounted/public/admin'],
        ['before-mounted', '/public/mounted/admin'],
      ] as const)('no rule for a path counts: %s', async (where, path) => {
        const app = await adapter.rewriting(options(rules), where, rewrite)
        const ofLogin = await headersOf(login)
        expect(await statusOf(app, 'GET', path)).toBe(401)
        expect(await statusOf(app, 'GET', path, ofLogin)).toBe(403)
        expect(await statusOf(app, 'GET', path, await headersOf(stranger))).toBe(200)
        const plain = path.replace('/public', '')
        expect(await statusOf(app, 'GET', plain, ofLogin)).toBe(200)
        expect(await statusOf(app, 'GET', `${plain}?a=/public`, ofLogin)).toBe(200)
      })
    })

    test('a single route can be guarded', async () => {
      const app = await adapter.onRoute(options())
      expect(await statusOf(app, 'GET', '/open')).toBe(200)
      expect(await statusOf(app, 'GET', '/admin')).toBe(401)
      expect(await statusOf(app, 'GET', '/admin', await headersOf(login))).toBe(200)
    })
  })
}
