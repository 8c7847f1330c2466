import type { ServiceFetch } from '@countersign/caller'
import type { Caller } from '@countersign/receiver'
import type { Context } from 'koa'

/**
 * Who called. For handlers that make no sense without a caller.
 *
 * @param ctx the context of a call that `verifyCaller` let through
 * @throws Error where no caller is set: `verifyCaller` doesn't stand before this route, or let the
 *   call pass without one (`unauthenticated`, `missingToken`, `otherTokens`, report-only)
 */
export function callerOf(ctx: Pick<Context, 'state'>): Caller {
  if (ctx.state.caller !== undefined) return ctx.state.caller
  throw new Error(
    'no caller is set: put verifyCaller before this route, or read ctx.state.caller where calls may pass without one',
  )
}

declare module 'koa' {
  interface DefaultState {
    /** Who called, once `verifyCaller` let the call through; undefined where it let one pass without. */
    caller?: Caller | undefined
    /** The service's signing fetch, once `signCalls` ran. */
    serviceFetch: ServiceFetch
  }
}
