import { type Denial, problemDetails } from '@countersign/receiver'
import type { Context } from 'koa'

/** `VerifyCallerOptions.onDenied`. */
export type OnDenied = (denial: Denial, ctx: Context) => unknown

/** Makes the function that answers a denied call, the user's way or the default one. */
export function answerDenial(
  onDenied: OnDenied | undefined,
): (denial: Denial, ctx: Context) => Promise<void> {
  return async (denial, ctx) => {
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
}

/** A body of null is none: Koa would answer 204, which Pub/Sub takes for 'done'. */
function isAnswered(ctx: Context, before: unknown): boolean {
  if (ctx.res.headersSent || ctx.respond === false) return true
  return ctx.body !== before && ctx.body !== null && ctx.body !== undefined
}

function sendProblem(denial: Denial, ctx: Context): void {
  if (ctx.status < 400) ctx.status = denial.status
  ctx.type = 'application/problem+json'
  ctx.body = JSON.stringify(problemDetails(denial))
}

/** The denial as an error in the shape that Koa's own error handler reads. */
function denialError({ code, detail, status, headers }: Denial, cause: unknown): Error {
  const error = new Error(`${code}: ${detail}`, { cause })
  return Object.assign(error, { code, status, headers, expose: true })
}
