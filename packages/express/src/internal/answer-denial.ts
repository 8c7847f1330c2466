import { type Denial, problemDetails } from '@countersign/receiver'
import type { NextFunction, Request, Response } from 'express'

/** `VerifyCallerOptions.onDenied`. */
export type OnDenied = (denial: Denial, req: Request, res: Response, next: NextFunction) => unknown

/** What Express hands to a middleware. */
export interface ExpressCall {
  req: Request
  res: Response
  next: NextFunction
}

/** Makes the function that answers a denied call, the user's way or the default one. */
export function answerDenial(
  onDenied: OnDenied | undefined,
): (denial: Denial, call: ExpressCall) => Promise<void> {
  return async (denial, { req, res, next }) => {
    // Somebody else, a time-out say, answered while keys were waited for.
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
}

/** Express 5 renders views in a later tick, and sends them then. */
function laterTicks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function sendProblem(denial: Denial, res: Response): void {
  res.type('application/problem+json').send(JSON.stringify(problemDetails(denial)))
}

/** The denial as an error in the shape that Express's own error handler reads. */
function denialError({ code, detail, status, headers }: Denial, cause: unknown): Error {
  const error = new Error(`${code}: ${detail}`, { cause })
  return Object.assign(error, { code, status, headers, expose: true })
}

function once(run: (cause?: unknown) => void): { (cause?: unknown): void; called(): boolean } {
  let called = false
  const runOnce = (cause?: unknown) => {
    if (called) return
    called = true
    run(cause)
  }
  return Object.assign(runOnce, { called: () => called })
}
