import type { IncomingHttpHeaders } from 'node:http'
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import type { Issuer, Verification } from '../issuer/issuer.ts'

/** Where bearer tokens of Google's travel. */
const tokenHeaders = ['x-serverless-authorization', 'authorization'] as const

/** A bearer token that a call has brought. */
export interface SeenToken {
  readonly header: (typeof tokenHeaders)[number]
  readonly token: string
  /** As they stand in it, whoever made it; undefined for what isn't a JWT. */
  readonly claims: JWTPayload | undefined
  readonly kid: string | undefined
  readonly verification: Verification
}

/**
 * The bearer tokens of a call, each looked at as the front door would.
 *
 * @param headers the call's
 * @param options who verifies them, and for which audiences
 */
export async function seenTokens(
  headers: IncomingHttpHeaders,
  { issuer, audiences }: { issuer: Issuer; audiences: readonly string[] },
): Promise<readonly SeenToken[]> {
  const verified = new Map<string, Promise<Verification>>()
  const verify = (token: string): Promise<Verification> => {
    const verifying = verified.get(token) ?? issuer.verify(token, audiences)
    verified.set(token, verifying)
    return verifying
  }
  const seen = tokenHeaders.map(async (header) => {
    const token = bearerToken(headers[header])
    if (token === undefined) return undefined
    return { header, token, ...decoded(token), verification: await verify(token) }
  })
  return (await Promise.all(seen)).filter((one) => one !== undefined)
}

/**
 * The token that counts. Where both headers are there, Google looks at `X-Serverless-Authorization`
 * alone, whatever it holds.
 *
 * @param headers the call's
 * @param seen its tokens
 */
export function countingToken(
  headers: IncomingHttpHeaders,
  seen: readonly SeenToken[],
): SeenToken | undefined {
  const [first, second] = tokenHeaders
  const counting = headers[first] === undefined ? second : first
  return seen.find(({ header }) => header === counting)
}

function bearerToken(value: string | string[] | undefined): string | undefined {
  const isBearer = typeof value === 'string' && value.slice(0, 7).toLowerCase() === 'bearer '
  return isBearer ? value.slice(7).trim() : undefined
}

function decoded(token: string): Pick<SeenToken, 'claims' | 'kid'> {
  try {
    const { kid } = decodeProtectedHeader(token)
    return { claims: decodeJwt(token), kid: typeof kid === 'string' ? kid : undefined }
  } catch {
    return { claims: undefined, kid: undefined }
  }
}
