import type { Denial, DenialCode } from './decision.ts'
import { titleOf } from './internal/denials.ts'

/** The body that answers a denied call (RFC 9457), sent as `application/problem+json`. */
export interface ProblemDetails {
  /** `urn:countersign:denial:CODE`. */
  type: string
  /** The code in a few words. */
  title: string
  status: Denial['status']
  code: DenialCode
  /** What happened and what to do. */
  detail: string
}

/**
 * The problem details of a denial, for frameworks that have no adapter.
 *
 * @param denial as `receiver.check` returns it
 *
 * @example
 * A web framework
 * ```ts
 * const decision = await receiver.check(request)
 * if (!decision.allowed && decision.enforced) {
 *   const { status, headers } = decision.denial
 *   return Response.json(problemDetails(decision.denial), {
 *     status,
 *     headers: { ...headers, 'content-type': 'application/problem+json' },
 *   })
 * }
 * ```
 */
export function problemDetails({ status, code, detail }: Denial): ProblemDetails {
  return { type: `urn:countersign:denial:${code}`, title: titleOf(code), status, code, detail }
}
