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
    await onDenied?.(denial, ctx)
    const isAnswered = ctx.body !== before || ctx.res.headersSent || ctx.respond === false
    if (!isAnswered) sendProblem(denial, ctx)
  }
}

function sendProblem(denial: Denial, ctx: Context): void {
  ctx.type = 'application/problem+json'
  ctx.body = JSON.stringify(problemDetails(denial))
}
