import type { ServiceFetch } from '@countersign/caller'
import type { Caller } from '@countersign/receiver'
import type { Request } from 'express'

/**
 * Who called. For handlers that make no sense without a caller.
 *
 * @param req a request that `verifyCaller` let through
 * @throws Error where no caller is set: `verifyCaller` doesn't stand before this route, or let the
 *   call pass without one (`unauthenticated`, `missingToken`, `otherTokens`, report-only)
 */
export function callerOf(req: Request): Caller {
  if (req.caller !== undefined) return req.caller
  throw new Error(
    'no caller is set: put verifyCaller before this route, or read req.caller where calls may pass without one',
  )
}

declare global {
  namespace Express {
    interface Request {
      /** Who called, once `verifyCaller` let the call through; undefined where it let one pass without. */
      caller?: Caller | undefined
      /** The service's signing fetch, once `signCalls` ran. */
      serviceFetch: ServiceFetch
    }
  }
}
