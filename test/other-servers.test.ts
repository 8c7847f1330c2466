/** `receiver.check` where no adapter is: web frameworks, WebSocket upgrades, apps inside apps. */
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { verifyCaller as inExpress } from '@countersign/express'
import { verifyCaller } from '@countersign/koa'
import { type Caller, createReceiver, type KeySource, problemResponse } from '@countersign/receiver'
import { createTestIssuer } from '@countersign/testing'
import { Router } from '@koa/router'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import mount from 'koa-mount'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from './adapters/listen.ts'

const audience = 'https://user-profiles-123.us-central1.run.app'
const email = 'login@acme.iam.gserviceaccount.com'
const stranger = 'mallory@evil.iam.gserviceaccount.com'
const issuer = await createTestIssuer()
const allow = [{ email, paths: ['/profiles/:id'] }]
const options = { allow, audience, keys: issuer.keys, log: false } as const

describe('a web Request', () => {
  test('in a route handler of the shape that Next.js, Remix and Bun have', async () => {
    const receiver = createReceiver(options)
    async function GET(request: Request): Promise<Response> {
      const decision = await receiver.check(request)
      if (decision.allowed !== true && decision.enforced !== false)
        return problemResponse(decision.denial)
      return Response.json({ ok: true })
    }
    const headers = await issuer.headers({ email, audience })
    const url = 'https://user-profiles.example/profiles/7'
    expect((await GET(new Request(url, { headers }))).status).toBe(200)
    const refused = await GET(new Request(url))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ code: 'token_missing' })
  })

  test("in Hono's middleware", async () => {
    const receiver = createReceiver(options)
    const app = new Hono<{ Variables: { caller: Caller | undefined } }>()
    app.use(async (context, next) => {
      const decision = await receiver.check(context.req.raw)
      if (decision.allowed !== true && decision.enforced !== false)
        return problemResponse(decision.denial)
      context.set('caller', decision.caller)
      return next()
    })
    app.get('/profiles/:id', (context) => context.json({ asked: context.get('caller')?.email }))
    const headers = await issuer.headers({ email, audience })
    const answer = await app.request('/profiles/7', { headers })
    expect(await answer.json()).toEqual({ asked: email })
    expect(
      (
        await app.request('/profiles/7', {
          headers: await issuer.headers({ email: stranger, audience }),
        })
      ).status,
    ).toBe(403)
    expect((await app.request('/admin', { headers })).headers.get('countersign-code')).toBe(
      'operation_not_allowed',
    )
  })
})

describe('a WebSocket upgrade', () => {
  async function start(keys: KeySource = options.keys): Promise<string> {
    const receiver = createReceiver({ ...options, keys })
    const sockets = new WebSocketServer({ noServer: true })
    const server = createServer()
    server.on('upgrade', async (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      const decision = await receiver.check(request)
      if (decision.allowed !== true && decision.enforced !== false) {
        const { status, code } = decision.denial
        socket.end(`HTTP/1.1 ${status} Refused\r\ncountersign-code: ${code}\r\n\r\n`)
      } else {
        sockets.handleUpgrade(request, socket, head, (opened) => opened.send('welcome'))
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      sockets.close()
      server.closeAllConnections()
      server.close()
    })
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  function outcome(url: string, headers: Record<string, string>): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    const socket = new WebSocket(url, { headers })
    socket.on('message', (data) => {
      socket.close()
      resolve(`${data}`)
    })
    socket.on('unexpected-response', (_request, response) => {
      resolve(`${response.statusCode} ${response.headers['countersign-code']}`)
      socket.terminate()
    })
    socket.on('error', () => {})
    return promise
  }

  test('that is reset while keys are waited for ends nothing but itself', async () => {
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const late = async (kid: string) => {
      asked.resolve()
      await answered.promise
      return issuer.keys.key(kid)
    }
    const url = await start({ ...issuer.keys, key: late })
    const headers = await issuer.headers({ email, audience })
    const reset = connect(Number(new URL(url).port), '127.0.0.1')
    const lines = [
      'GET /profiles/7 HTTP/1.1',
      'Host: a',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]
    reset.write([...lines, `Authorization: ${headers.authorization}`, '', ''].join('\r\n'))
    await asked.promise
    reset.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    answered.resolve()
    expect(await outcome(`${url}/profiles/7`, headers)).toBe('welcome')
  })

  test('is let in for a listed caller, and for nobody else', async () => {
    const url = await start()
    const headers = await issuer.headers({ email, audience })
    expect(await outcome(`${url}/profiles/7`, headers)).toBe('welcome')
    expect(await outcome(`${url}/profiles/7`, {})).toBe('401 token_missing')
    expect(await outcome(`${url}/admin`, headers)).toBe('403 operation_not_allowed')
  })
})

test('a Koa app inside Express sees the whole path', async () => {
  const inner = new Koa()
  inner.use(verifyCaller({ ...options, allow: [{ email, paths: ['/koa/profiles/:id'] }] }))
  inner.use((ctx) => {
    ctx.body = { asked: ctx.state.caller?.email }
  })
  const outer = express()
  outer.use('/koa', inner.callback())
  const url = await listen(outer)
  const headers = await issuer.headers({ email, audience })
  expect(await (await fetch(`${url}/koa/profiles/7`, { headers })).json()).toEqual({ asked: email })
  expect((await fetch(`${url}/koa/admin`, { headers })).status).toBe(403)
})

describe('a path that something else routes by', async () => {
  const headers = await issuer.headers({ email, audience })
  const rules = { ...options, allow: [{ email, paths: ['/koa/profiles/:id', '/profiles/:id'] }] }

  /** A middleware that sets something on the context. */
  function setting(what: object): Koa.Middleware {
    return (ctx, next) => {
      Object.assign(ctx, what)
      return next()
    }
  }

  /** What Koa's middlewares answer, in an app of its own and in one of Express. */
  async function statusesOf(before: Koa.Middleware): Promise<number[]> {
    const app = new Koa()
    for (const one of [before, verifyCaller(rules)]) app.use(one)
    app.use((ctx) => {
      ctx.status = 200
    })
    const outer = express().use('/koa', app.callback())
    const urls = [await listen(app.callback()), `${await listen(outer)}/koa`]
    return Promise.all(
      urls.map(async (url) => (await fetch(`${url}/profiles/7`, { headers })).status),
    )
  }

  test.each<[string, Koa.Middleware, number]>([
    ['nothing', (_ctx, next) => next(), 200],
    ['the same path again', setting({ path: '/profiles/7' }), 200],
    ['a query', setting({ query: { a: '/b' } }), 200],
    ['ctx.path', setting({ path: '/admin' }), 403],
    ['ctx.url', setting({ url: '/admin' }), 403],
    ['a part of it', setting({ url: '/7' }), 403],
    ["@koa/router's path", setting({ newRouterPath: '/a' }), 403],
    ['that of older ones', setting({ routerPath: '/a' }), 403],
  ])('in Koa, where something sets %s', async (_title, before, status) => {
    expect(await statusesOf(before)).toEqual([status, status])
  })

  test('in Koa, an app that is mounted passes the call on', async () => {
    const passing: Koa.Middleware = (_ctx, next) => next()
    expect(await statusesOf(mount('/profiles', passing))).toEqual([200, 200])
  })

  test('in Koa, a mount within a mount names the whole path, or no rule for a path counts', async () => {
    const guard = verifyCaller({ ...options, allow: [{ email, paths: ['/a/b/:id'] }] })
    const inner = (mountPath?: string) => {
      const app = new Koa()
      app.use(setting(mountPath === undefined ? {} : { mountPath }))
      app.use(guard)
      app.use((ctx) => {
        ctx.status = 200
      })
      return app
    }
    for (const [mountPath, status] of [
      ['/a/b', 200],
      [undefined, 403],
    ] as const) {
      const outer = new Koa()
      outer.use(mount('/b', inner(mountPath)))
      const app = new Koa()
      app.use(mount('/a', outer))
      const url = await listen(app.callback())
      expect((await fetch(`${url}/a/b/7`, { headers })).status).toBe(status)
    }
  })

  test("in Koa, a router's prefix may have parameters", async () => {
    const router = new Router({ prefix: '/tenants/:tenant' })
    router.use(verifyCaller({ ...options, allow: [{ email, paths: ['/tenants/:tenant/a/:id'] }] }))
    router.get('/a/:id', (ctx) => {
      ctx.status = 200
    })
    const app = new Koa()
    app.use(router.routes())
    const url = await listen(app.callback())
    expect((await fetch(`${url}/tenants/7/a/8`, { headers })).status).toBe(200)
    expect((await fetch(`${url}/tenants/7/a/8`)).status).toBe(401)
  })

  test('in Express, a mount point may have parameters, another case and a slash', async () => {
    const router = express.Router({ strict: true })
    router.use(
      inExpress({ ...options, allow: [{ email, paths: ['/Tenants/:tenant/:id', '/Tenants/7'] }] }),
    )
    router.use((_req, res) => void res.sendStatus(200))
    const url = await listen(express().use('/tenants/:tenant/', router))
    const status = async (path: string) => (await fetch(url + path, { headers })).status
    expect(await status('/Tenants/7/8')).toBe(200)
    expect(await status('/Tenants/7')).toBe(200)
    expect(await status('/Tenants/7?a=/b')).toBe(200)
    expect(await status('/tenants/7/8')).toBe(403)
    expect(await status('/Tenants/7/')).toBe(403)
  })
})
