import type { ServiceFetch } from '@countersign/caller'
import type { Caller } from '@countersign/receiver'
import type { Context } from 'koa'

/**
 * Returns who called. For handlers that need a caller.
 *
 * @param ctx the context of a call that `verifyCaller` let through
 * @throws {Error} if no caller is set: `verifyCaller` doesn't run before this route, or let the call pass
 *   without a caller (`unauthenticated`, `missingToken`, `otherTokens`, report-only)
 */
export function callerOf(ctx: Pick<Context, 'state'>): Caller {
  if (ctx.state.caller !== undefined) return ctx.state.caller
  throw new Error(
    'no caller is set: put verifyCaller before this route, or read ctx.state.caller if calls can pass without a caller',
  )
}

declare module 'koa' {
  interface DefaultState {
    /** Who called, after `verifyCaller`; undefined if it let the call pass without a caller. */
    caller?: Caller | undefined
    /** The service's signing `fetch`, after `signCalls`. */
    serviceFetch: ServiceFetch
  }
}
