import type { IncomingHttpHeaders } from 'node:http'
import type { Service } from '@countersign/policy'
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import type { Issuer, Verification } from '../../google/issuer.ts'
import type { AudienceTolerance } from '../../layers.ts'
import { gcloudClients, isFromGcloud } from './gcloud-token.ts'
import { audienceTolerance, type Destination } from './tolerated-audience.ts'

/** Where bearer tokens of Google's travel. */
const tokenHeaders = ['x-serverless-authorization', 'authorization', 'proxy-authorization'] as const

/** A bearer token that a call has brought. */
export interface SeenToken {
  readonly header: (typeof tokenHeaders)[number]
  readonly token: string
  /** As they stand in it, whoever made it; undefined for what isn't a JWT. */
  readonly claims: JWTPayload | undefined
  readonly kid: string | undefined
  readonly verification: Verification
  /** Why its `aud` was taken, if it is none of the service's audiences. */
  readonly tolerance?: AudienceTolerance
}

type Looked = Pick<SeenToken, 'verification' | 'tolerance'>

/**
 * The bearer tokens of a call, each looked at as the front door would.
 *
 * @param headers the call's
 * @param options who verifies them, and whom they are for
 */
export async function seenTokens(
  headers: IncomingHttpHeaders,
  { issuer, ...destination }: Destination & { readonly issuer: Issuer },
): Promise<readonly SeenToken[]> {
  const verified = new Map<string, Promise<Looked>>()
  const verify = async (token: string, claims: JWTPayload = {}): Promise<Looked> => {
    const verification = await issuer.verify(token, destination.service.audiences)
    if (isFromGcloud(claims, verification)) {
      return { verification: await issuer.verify(token, gcloudClients) }
    }
    const tolerance = audienceTolerance(claims, verification, destination)
    if (tolerance === undefined) return { verification }
    return { verification: await issuer.verify(token, [String(claims.aud)]), tolerance }
  }
  const seen = tokenHeaders.map(async (header) => {
    const token = bearerToken(headers[header])
    if (token === undefined) return undefined
    const { claims, kid } = decoded(token)
    const verifying = verified.get(token) ?? verify(token, claims)
    verified.set(token, verifying)
    return { header, token, claims, kid, ...(await verifying) }
  })
  return (await Promise.all(seen)).filter((one) => one !== undefined)
}

/**
 * The token that counts. Where both headers are there, Google looks at `X-Serverless-Authorization`
 * alone, whatever it holds. Identity-Aware Proxy, which stands before the services whose policy says
 * so, takes a valid one in `Proxy-Authorization`, and else looks at `Authorization`.
 *
 * https://cloud.google.com/iap/docs/authentication-howto#authenticating_from_proxy-authorization_header
 *
 * @param call its headers, its tokens, and whom it is for
 */
export function countingToken({
  request: { headers },
  receiver,
  seen,
}: {
  readonly request: { readonly headers: IncomingHttpHeaders }
  readonly receiver: Pick<Service, 'headers'>
  readonly seen: readonly SeenToken[]
}): SeenToken | undefined {
  const isBehindIap = receiver.headers?.includes('proxy-authorization')
  const forIap = isBehindIap
    ? seen.find(({ header }) => header === 'proxy-authorization')
    : undefined
  if (forIap?.verification.isValid) return forIap
  const [first, second] = tokenHeaders
  const counting = headers[first] === undefined ? second : first
  return seen.find(({ header }) => header === counting) ?? forIap
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
