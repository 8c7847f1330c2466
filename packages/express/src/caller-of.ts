import type { Caller } from '@countersign/receiver'
import type { Request } from 'express'
import './request.ts'

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
