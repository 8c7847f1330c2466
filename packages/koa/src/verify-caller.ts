import './caller.ts'
import type { IncomingMessage } from 'node:http'
import {
  createReceiver,
  type Decision,
  type Denial,
  type IncomingCall,
  problemDetails,
  type Receiver,
  type ReceiverOptions,
} from '@countersign/receiver'
import type { Context, Middleware, Next } from 'koa'

/** The options of `verifyCaller`: the receiver's options, and the answer to a denied call. */
export interface VerifyCallerOptions extends ReceiverOptions {
  /**
   * Replaces the answer to a denied call. Status and headers are set already. If it throws, the app's own
   * error handling receives the denial as an error, with the thrown one as its `cause`. If no body is set
   * when this returns (or its promise resolves), the default answer is sent. It can't let a call through.
   *
   * @default `application/problem+json`
   *
   * @example
   * ```ts
   * onDenied: (denial, ctx) => { ctx.body = `Sorry: ${denial.code}` }
   * ```
   */
  onDenied?: (denial: Denial, ctx: Context) => unknown
}

/** The middleware, with the receiver that it uses. */
export type VerifyCallerHandler = Middleware & {
  /** For a start-up probe (`ready()`) and a health page (`health()`). */
  receiver: Receiver
}

/**
 * Middleware for an app, a router or a single route that lets only listed callers through. It sets
 * `ctx.state.caller`, and answers denied calls with `application/problem+json` (RFC 9457), a
 * `Countersign-Code` header and a challenge (RFC 6750).
 *
 * > [!WARNING]
 * > `@koa/router` 14 and `koa-router` 14 drop middleware of `router.use` if the router's prefix or path has a
 * > parameter (CVE-2026-9495), and so this one, too: use `@koa/router` 15. Put it before your routes: what
 * > answers earlier is open to anybody. Put a method override before it, and rewrite no URLs; the README says why.
 *
 * @param options who may call, and how calls are checked
 * @throws {TypeError} if an option is wrong, nobody may call, there is no audience, or
 *   `COUNTERSIGN_EMULATOR` is set in production
 *
 * @example
 * A service that only login may call
 * ```ts
 * const app = new Koa()
 * app.use(verifyCaller({ allow: ['login-run@acme.iam.gserviceaccount.com'], unauthenticated: ['GET /ready'] }))
 * app.use((ctx) => { ctx.body = { asked: ctx.state.caller?.email } })
 * ```
 */
export function verifyCaller(options: VerifyCallerOptions): VerifyCallerHandler {
  const { onDenied, ...receiverOptions } = options ?? {}
  // Without options its error says what to write.
  const receiver = createReceiver(
    options && Object.assign(receiverOptions, { [ownOptions]: ['onDenied'] }),
  )

  const middleware: Middleware = function verifyCaller(ctx, next) {
    const decision = receiver.decide(incomingCall(ctx))
    if (isAtHand(decision)) return conclude(decision, ctx, next)
    return Promise.resolve(decision).then(
      (decided) => conclude(decided, ctx, next),
      (cause) => Promise.reject(undecided(cause)),
    )
  }

  /** Only `allowed === true` and `enforced === false` let a call through: a value that isn't a decision doesn't. */
  function conclude(decision: Decision | undefined, ctx: Context, next: Next): Promise<unknown> {
    if (decision?.allowed === true) {
      // If this one let the call pass without a caller, keep the caller of an earlier verifyCaller.
      if (decision.caller) ctx.state.caller = decision.caller
      return next()
    }
    if (decision?.enforced === false) return next()
    if (decision?.denial === undefined) return Promise.reject(undecided())
    return answerDenial(decision.denial, ctx, onDenied)
  }

  return Object.assign(middleware, { receiver })
}

/** An error that lists the options lists these, too. */
const ownOptions = Symbol.for('@countersign/ownOptions')

/** Whether this is a decision. Anything else can be a promise of one, of any realm or library. */
function isAtHand(decision: Decision | Promise<Decision> | undefined): decision is Decision {
  return typeof (decision as Partial<Decision> | undefined)?.allowed === 'boolean'
}

/** A fault of our side, so 503. */
function undecided(cause?: unknown): Error {
  const error = new Error('verifyCaller got no decision about this call', { cause })
  return Object.assign(error, { status: 503 })
}

/** The properties that routers and koa-mount set on a context and its request. */
interface RoutedContext {
  /** The prefix that koa-mount took off the path. */
  mountPath?: string
  /** The path that @koa/router uses instead of the request's own. */
  newRouterPath?: string
  /** The same up to @koa/router 12; once a router has matched, the router's pattern. */
  routerPath?: string
  /** Set once a router has matched. */
  router?: unknown
  req: IncomingMessage & { originalUrl?: string; baseUrl?: string }
}

/**
 * The request with the whole path that it came with, and with the path that the app uses. koa-mount
 * rewrites `url` for a mounted app; Express does so for a Koa app inside it, and keeps the whole path in
 * `originalUrl`. If other middleware rewrites the path, no rule for a path covers the call.
 */
function incomingCall(ctx: Pick<Context, 'req' | 'originalUrl'>): IncomingCall {
  const { req, originalUrl, mountPath = '' } = ctx as RoutedContext & { originalUrl: string }
  const routed = routedPath(ctx as RoutedContext)
  const isWhole = req.url === originalUrl && routed === undefined
  if (isWhole && req.originalUrl === undefined) return req
  const { method, url, headers, rawHeaders } = req
  // koa-mount leaves its prefix on the context, even after the mounted app has passed the call on.
  const mounted = url === originalUrl ? '' : mountPath
  return {
    method,
    url: routed ?? url,
    originalUrl: req.originalUrl ?? originalUrl,
    baseUrl: `${req.baseUrl ?? ''}${mounted}`,
    headers,
    rawHeaders,
  }
}

/** The path that a router behind the check will use, if it isn't the request's. */
function routedPath({ newRouterPath, routerPath, router }: RoutedContext): string | undefined {
  return newRouterPath ?? (router === undefined ? routerPath : undefined)
}

/** Answers a denied call with `onDenied`; if that sets no body, with the problem details. */
async function answerDenial(
  denial: Denial,
  ctx: Context,
  onDenied: VerifyCallerOptions['onDenied'],
): Promise<void> {
  ctx.status = denial.status
  ctx.set(denial.headers)
  const before = ctx.body
  try {
    await onDenied?.(denial, ctx)
  } catch (cause) {
    throw denialError(denial, cause)
  }
  if (!isAnswered(ctx, before)) sendProblem(denial, ctx)
}

/** The denial as an error, in the shape that Koa's own error handler reads. */
function denialError({ code, detail, status, headers }: Denial, cause: unknown): Error {
  const error = new Error(`${code}: ${detail}`, { cause })
  return Object.assign(error, { code, status, headers, expose: true })
}

/** A body of null doesn't count: Koa would answer 204, which tells Pub/Sub that the message is done. */
function isAnswered(ctx: Context, before: unknown): boolean {
  if (ctx.res.headersSent || ctx.respond === false) return true
  return ctx.body !== before && ctx.body !== null && ctx.body !== undefined
}

function sendProblem(denial: Denial, ctx: Context): void {
  if (ctx.status < 400) ctx.status = denial.status
  ctx.type = 'application/problem+json'
  ctx.body = JSON.stringify(problemDetails(denial))
}
