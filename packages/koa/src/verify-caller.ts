import {
  createReceiver,
  type Decision,
  type Denial,
  type Receiver,
  type ReceiverOptions,
} from '@countersign/receiver'
import type { Context, Middleware, Next } from 'koa'
import { answerDenial } from './internal/answer-denial.ts'
import { incomingCall } from './internal/incoming-call.ts'
import './state.ts'

/** What `verifyCaller` takes: the receiver's options, and how a refusal is answered. */
export interface VerifyCallerOptions extends ReceiverOptions {
  /**
   * Replaces the answer to a denied call. Status and headers are set already; what it throws becomes
   * the `cause` of an error that carries the denial, for the app's own error handling; if no body is
   * set by the time this returns (or its promise resolves), the default answer is sent. It can't let a
   * call through.
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

/** The middleware, with what stands behind it at hand. */
export type VerifyCallerHandler = Middleware & {
  /** For a start-up probe (`ready()`) and a health page (`health()`). */
  readonly receiver: Receiver
}

/**
 * Lets only listed callers through: middleware for an app, a router or a single route. It sets
 * `ctx.state.caller`, and answers whoever is refused with `application/problem+json` (RFC 9457), a
 * `Countersign-Code` header and a challenge (RFC 6750).
 *
 * > [!WARNING]
 * > `@koa/router` 14 drops what `router.use` was given if the router's prefix has a parameter
 * > (CVE-2026-9495), and with it this: use version 15. Put a method override before it, and rewrite no
 * > URLs; the README says what becomes of them.
 *
 * @param options who may call, and how that is found out
 * @throws TypeError where an option is wrong, nobody may call, there is no audience, or
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
  const { onDenied, ...receiverOptions } = options
  const receiver = createReceiver(receiverOptions)
  const answer = answerDenial(onDenied)

  const middleware: Middleware = function verifyCaller(ctx, next) {
    const decision = receiver.decide(incomingCall(ctx))
    if (isAtHand(decision)) return conclude(decision, ctx, next)
    return Promise.resolve(decision).then(
      (decided) => conclude(decided, ctx, next),
      (cause) => Promise.reject(undecided(cause)),
    )
  }

  /** Two words let a call through, and nothing else that may stand in place of a decision. */
  function conclude(decision: Decision | undefined, ctx: Context, next: Next): Promise<unknown> {
    if (decision?.allowed === true) {
      // One that an earlier verifyCaller of the chain verified stays.
      if (decision.caller) ctx.state.caller = decision.caller
      return next()
    }
    if (decision?.enforced === false) return next()
    if (decision?.denial === undefined) return Promise.reject(undecided())
    return answer(decision.denial, ctx)
  }

  return Object.assign(middleware, { receiver })
}

/** Whether there is a decision; anything else may be the promise of one, of any realm or library. */
function isAtHand(decision: Decision | Promise<Decision> | undefined): decision is Decision {
  return typeof (decision as Partial<Decision> | undefined)?.allowed === 'boolean'
}

/** Our side's fault, so 503. */
function undecided(cause?: unknown): Error {
  const error = new Error('verifyCaller got no decision about this call', { cause })
  return Object.assign(error, { status: 503 })
}
