import { once } from 'node:events'
import { callerOf, signCalls, type VerifyCallerOptions, verifyCaller } from '@countersign/koa'
import type Koa from 'koa'
import type { Middleware } from 'koa'
import { type Adapter, type DenialHandler, type RunningApp, sorry, type Verify } from './adapter.ts'
import { attempt, forwardedOf, type Onwards } from './express-adapter.ts'
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
        body: ctx.state.body,
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
        const verify = verifyCaller(toOptions(options))
        app.use(mountedAt('/mounted', (ctx, next) => verify(ctx, () => handler(ctx, next))))
      }),
    onRoute: (options) =>
      run((app, handler) => {
        app.use(onPath('/admin', verifyCaller(toOptions(options))))
        app.use(handler)
      }),
    amongOthers: (options) =>
      run((app, handler) => {
        for (const one of [cors, jsonBody, verifyCaller(toOptions(options)), cors, handler]) {
          app.use(one)
        }
      }),
    calling: (options) =>
      run((app) => {
        app.use(signCalls(options))
        app.use(callOnwards)
      }),
  }
}

function toOptions({ onDenied, ...options }: Verify): VerifyCallerOptions {
  return onDenied === undefined ? options : { ...options, onDenied: denialHandlers[onDenied] }
}

const denialHandlers: Record<DenialHandler, NonNullable<VerifyCallerOptions['onDenied']>> = {
  answers: (denial, ctx) => {
    ctx.body = sorry(denial)
  },
  silent: () => {},
  throws: () => {
    throw new Error('a handler that throws')
  },
  'answers-later': async (denial, ctx) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    ctx.body = sorry(denial)
  },
}

/** What koa-mount does: the path is shortened on the way in, and put back on the way out. */
function mountedAt(prefix: string, inner: Middleware): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(prefix)) return next()
    const { path } = ctx
    ctx.path = path.slice(prefix.length) || '/'
    await inner(ctx, next)
    ctx.path = path
  }
}

function onPath(path: string, middleware: Middleware): Middleware {
  return (ctx, next) => (ctx.path === path ? middleware(ctx, next) : next())
}

const cors: Middleware = (ctx, next) => {
  ctx.set('access-control-allow-origin', 'https://app.example')
  return next()
}

const jsonBody: Middleware = async (ctx, next) => {
  const chunks: Buffer[] = []
  for await (const chunk of ctx.req) chunks.push(chunk)
  if (chunks.length > 0) ctx.state.body = JSON.parse(Buffer.concat(chunks).toString())
  return next()
}

const callOnwards: Middleware = async (ctx) => {
  const { to = '', method = 'GET', when }: Onwards = ctx.query
  const headers = forwardedOf(ctx.get('x-forward') || undefined)
  if (when) ctx.respond = false
  try {
    if (when === 'answered') ctx.res.end('early')
    if (when) await once(ctx.res, 'close')
    const answer = await ctx.state.serviceFetch(to, { method, headers })
    ctx.status = answer.status
    ctx.body = await answer.text()
  } catch (error) {
    ctx.status = 599
    ctx.body = { error: (error as { code?: string }).code ?? String(error) }
  }
}
