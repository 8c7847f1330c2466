import './caller.ts'
import {
  createReceiver,
  type Decision,
  type Denial,
  problemDetails,
  type Receiver,
  type ReceiverOptions,
} from '@countersign/receiver'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** The options of `verifyCaller`: the receiver's options, and the answer to a denied call. */
export interface VerifyCallerOptions extends ReceiverOptions {
  /**
   * Replaces the answer to a denied call. Status and headers are set already. If you call `next` or throw,
   * the app's own error handler receives the denial as an error. If no answer was sent when this returns
   * (or its promise resolves), the default answer is sent: so wait for an answer that is sent later, for
   * example by `sendFile`. It can't let a call through.
   *
   * @default `application/problem+json`
   *
   * @example
   * ```ts
   * onDenied: (denial, req, res) => res.send(`Sorry: ${denial.code}`)
   * ```
   *
   * @example
   * A file, which is sent later: the promise waits for it
   * ```ts
   * onDenied: (denial, req, res) => new Promise((done) => res.sendFile(sorryPage, done))
   * ```
   */
  onDenied?: (denial: Denial, req: Request, res: Response, next: NextFunction) => unknown
}

/** The middleware, with the receiver that it uses. */
export interface VerifyCallerHandler extends RequestHandler {
  /** For a start-up probe (`ready()`) and a health page (`health()`). */
  receiver: Receiver
}

/**
 * Middleware for an app, a router or a single route that lets only listed callers through. It sets
 * `req.caller`, and answers denied calls with `application/problem+json` (RFC 9457), a
 * `Countersign-Code` header and a challenge (RFC 6750).
 *
 * > [!WARNING]
 * > Put it before your routes: a route that is registered earlier is open to anybody. Put a method override
 * > before it, and rewrite no URLs; the README says why.
 *
 * @param options who may call, and how calls are checked
 * @throws {TypeError} if an option is wrong, nobody may call, there is no audience, or
 *   `COUNTERSIGN_EMULATOR` is set in production
 *
 * @example
 * A service that only login may call
 * ```ts
 * const app = express()
 * app.use(verifyCaller({ allow: ['login-run@acme.iam.gserviceaccount.com'], unauthenticated: ['GET /ready'] }))
 * app.get('/profiles/:id', (req, res) => res.json({ asked: req.caller?.email }))
 * ```
 */
export function verifyCaller(options: VerifyCallerOptions): VerifyCallerHandler {
  const { onDenied, ...receiverOptions } = options ?? {}
  // Without options its error says what to write.
  const receiver = createReceiver(
    options && Object.assign(receiverOptions, { [ownOptions]: ['onDenied'] }),
  )

  const handler: RequestHandler = function verifyCaller(req, res, next) {
    const decision = receiver.decide(req)
    if (isAtHand(decision)) return conclude(decision, { req, res, next })
    return Promise.resolve(decision).then(
      (decided) => conclude(decided, { req, res, next }),
      (cause) => next(undecided(cause)),
    )
  }

  /** Only `allowed === true` and `enforced === false` let a call through: a value that isn't a decision doesn't. */
  function conclude(decision: Decision | undefined, call: ExpressCall): void | Promise<void> {
    if (decision?.allowed === true) {
      // If this one let the call pass without a caller, keep the caller of an earlier verifyCaller.
      if (decision.caller) call.req.caller = decision.caller
      return call.next()
    }
    if (decision?.enforced === false) return call.next()
    if (decision?.denial === undefined) return call.next(undecided())
    return answerDenial(decision.denial, call, onDenied).catch(call.next)
  }

  return Object.assign(handler, { receiver })
}

/** The arguments that Express passes to a middleware. */
interface ExpressCall {
  req: Request
  res: Response
  next: NextFunction
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

/** Answers a denied call with `onDenied`; if that answers nothing, with the problem details. */
async function answerDenial(
  denial: Denial,
  { req, res, next }: ExpressCall,
  onDenied: VerifyCallerOptions['onDenied'],
): Promise<void> {
  // Other middleware, such as a time-out, has answered while keys were waited for.
  if (res.headersSent) return
  res.status(denial.status).set(denial.headers)
  if (onDenied === undefined) return sendProblem(denial, res)
  const fail = once((cause?: unknown) => next(denialError(denial, cause)))
  try {
    await onDenied(denial, req, res, fail)
    await laterTicks()
  } catch (cause) {
    fail(cause)
  }
  if (!res.headersSent && !fail.called()) sendProblem(denial, res)
}

function sendProblem(denial: Denial, res: Response): void {
  res.type('application/problem+json').send(JSON.stringify(problemDetails(denial)))
}

function once(run: (cause?: unknown) => void): { (cause?: unknown): void; called(): boolean } {
  let called = false
  function runOnce(cause?: unknown): void {
    if (called) return
    called = true
    run(cause)
  }
  return Object.assign(runOnce, { called: () => called })
}

/** The denial as an error, in the shape that Express's own error handler reads. */
function denialError({ code, detail, status, headers }: Denial, cause: unknown): Error {
  const error = new Error(`${code}: ${detail}`, { cause })
  return Object.assign(error, { code, status, headers, expose: true })
}

/**
 * Express 5 renders views in a later tick, and sends them then. Not by a timer: tests replace them, and
 * jsdom has no `setImmediate`.
 */
function laterTicks(): Promise<void> {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads')
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.once('message', () => {
      port1.close()
      resolve()
    })
    port2.postMessage(undefined)
  })
}
