import { createReadStream } from 'node:fs'
import { callerOf, signCalls, type VerifyCallerOptions, verifyCaller } from '@countersign/koa'
import { bodyParser } from '@koa/bodyparser'
import cors from '@koa/cors'
import { Router } from '@koa/router'
import type Koa from 'koa'
import type { Middleware } from 'koa'
import mount from 'koa-mount'
import {
  type Adapter,
  type DenialHandler,
  type RunningApp,
  sorry,
  sorryFile,
  type Verify,
} from './adapter.ts'
import { attempt } from './express-adapter.ts'
import { listen } from './listen.ts'

/** Drives one major version of Koa through the contract. */
export function koaAdapter(name: string, Framework: typeof Koa): Adapter {
  async function run(build: (app: Koa, handler: Middleware) => void): Promise<RunningApp> {
    const app = new Framework()
    app.silent = true
    let handled = 0
    build(app, async (ctx) => {
      handled += 1
      const { caller } = ctx.state
      ctx.body = {
        email: caller?.email ?? null,
        asserted: attempt(() => callerOf(ctx).email),
        push: caller?.push,
        body: ctx.request.body,
      }
    })
    return { url: await listen(app.callback()), handled: () => handled }
  }

  return {
    name,
    whole: (...options) =>
      run((app, handler) => {
        for (const one of options) app.use(verifyCaller(toOptions(one)))
        app.use(handler)
      }),
    mounted: (options) =>
      run((app, handler) => {
        const inner = new Framework()
        inner.use(verifyCaller(toOptions(options)))
        inner.use(handler)
        app.use(mount('/mounted', inner))
      }),
    onRouter: (options) =>
      run((app, handler) => {
        const router = new Router({ prefix: '/mounted' })
        router.use(verifyCaller(toOptions(options)))
        router.get('/*rest', handler)
        app.use(router.routes())
      }),
    onRoute: (options) =>
      run((app, handler) => {
        const router = new Router()
        router.get('/admin', verifyCaller(toOptions(options)), handler)
        router.get('/open', handler)
        app.use(router.routes())
      }),
    nested: (options) =>
      run((app, handler) => {
        const [outer, inner] = [new Framework(), new Framework()]
        inner.use((ctx, next) => {
          // koa-mount tells the innermost prefix alone.
          Object.assign(ctx, { mountPath: '/outer/inner' })
          return next()
        })
        for (const one of [verifyCaller(toOptions(options)), handler]) inner.use(one)
        outer.use(mount('/inner', inner))
        app.use(mount('/outer', outer))
      }),
    rewriting: (options, where, rewrite) =>
      run((app, handler) => {
        const rewriting: Middleware = (ctx, next) => {
          rewrite(ctx.req)
          return next()
        }
        const inner = where === 'top' ? app : new Framework()
        if (where === 'before-mounted') app.use(rewriting)
        else inner.use(rewriting)
        for (const one of [verifyCaller(toOptions(options)), handler]) inner.use(one)
        if (inner !== app) app.use(mount('/mounted', inner))
      }),
    deciding: (options, decide) =>
      run((app, handler) => {
        const verify = verifyCaller(toOptions(options))
        Object.assign(verify.receiver, { decide })
        for (const one of [verify, handler]) app.use(one)
      }),
    among: (options, where) =>
      run((app, handler) => {
        const others = [cors({ origin: 'https://app.example' }), bodyParser()]
        const verify = verifyCaller(toOptions(options))
        const all = where === 'before' ? [...others, verify] : [verify, ...others]
        for (const one of [...all, handler]) app.use(one)
      }),
    impatient: (options) =>
      run((app, handler) => {
        for (const one of [answerSoon, verifyCaller(toOptions(options)), handler]) app.use(one)
      }),
    calling: (options, handler) =>
      run((app) => {
        app.use(signCalls(options))
        app.use(async (ctx) => {
          const { serviceFetch } = ctx.state
          ctx.body = await handler({ serviceFetch, request: ctx.req, response: ctx.res })
        })
      }),
  }
}

function toOptions(given: Verify): VerifyCallerOptions {
  if (given === undefined) return given
  const { onDenied, ...options } = given
  return onDenied === undefined ? options : { ...options, onDenied: denialHandlers[onDenied] }
}

const denialHandlers: Record<DenialHandler, NonNullable<VerifyCallerOptions['onDenied']>> = {
  answers: (denial, ctx) => {
    ctx.body = sorry(denial)
  },
  silent: () => {},
  'answers-nothing': (_denial, ctx) => {
    ctx.body = null
  },
  renders: (denial, ctx) => {
    ctx.body = Buffer.from(sorry(denial))
  },
  'sends-file': (_denial, ctx) => {
    ctx.body = createReadStream(sorryFile)
  },
  throws: () => {
    throw new Error('a handler that throws')
  },
  'answers-later': async (denial, ctx) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    ctx.body = sorry(denial)
  },
}

const answerSoon: Middleware = (ctx, next) => {
  setTimeout(() => ctx.res.end('too slow'), 20)
  return next()
}
