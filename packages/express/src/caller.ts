import type { ServiceFetch } from '@countersign/caller'
import type { Caller } from '@countersign/receiver'
import type { Request } from 'express'

/**
 * Returns who called. For handlers that need a caller.
 *
 * @param req a request that `verifyCaller` let through
 * @throws {Error} if no caller is set: `verifyCaller` doesn't run before this route, or let the call pass
 *   without a caller (`unauthenticated`, `missingToken`, `otherTokens`, report-only)
 */
export function callerOf(req: Request): Caller {
  if (req.caller !== undefined) return req.caller
  throw new Error(
    'no caller is set: put verifyCaller before this route, or read req.caller if calls can pass without a caller',
  )
}

declare global {
  namespace Express {
    interface Request {
      /** Who called, after `verifyCaller`; undefined if it let the call pass without a caller. */
      caller?: Caller | undefined
      /** The service's signing `fetch`, after `signCalls`. */
      serviceFetch: ServiceFetch
    }
  }
}
