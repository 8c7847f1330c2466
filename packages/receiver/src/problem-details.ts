import { titleOf } from './call/denials.ts'
import type { Denial, DenialCode } from './decision.ts'

/** The body of the answer to a denied call (RFC 9457), sent as `application/problem+json`. */
export interface ProblemDetails {
  /** `urn:countersign:denial:CODE`. */
  type: string
  /** A short description of the code. */
  title: string
  /** The HTTP status. */
  status: Denial['status']
  /** The stable, machine-readable reason: also in the header `Countersign-Code`. */
  code: DenialCode
  /** Describes what happened and what to do. */
  detail: string
}

/**
 * Returns the problem details of a denial, for servers without an adapter. If your server answers with a
 * web `Response`, use `problemResponse`.
 *
 * @param denial as `receiver.check` returns it
 *
 * @example
 * A bare server
 * ```ts
 * const { status, headers } = decision.denial
 * response.writeHead(status, { ...headers, 'content-type': 'application/problem+json' })
 * response.end(JSON.stringify(problemDetails(decision.denial)))
 * ```
 */
export function problemDetails({ status, code, detail }: Denial): ProblemDetails {
  return { type: `urn:countersign:denial:${code}`, title: titleOf(code), status, code, detail }
}

/**
 * Returns the answer to a denied call as a web `Response`: status, headers and problem details. For
 * Hono, Next.js and other frameworks that use web `Request`s.
 *
 * @param denial as `receiver.check` returns it
 *
 * @example
 * ```ts
 * const decision = await receiver.check(request)
 * if (decision.allowed !== true && decision.enforced !== false) return problemResponse(decision.denial)
 * ```
 */
export function problemResponse(denial: Denial): Response {
  const { status, headers } = denial
  const type = { 'content-type': 'application/problem+json' }
  return Response.json(problemDetails(denial), { status, headers: { ...headers, ...type } })
}
