import type { IncomingHttpHeaders } from 'node:http'
import type { PushSender, Service } from '@countersign/policy'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import type { AudienceTolerance } from '../events.ts'
import { emulatorClientId } from '../google/credentials.ts'
import type { Issuer, Verification } from '../google/issuer.ts'

/** Headers for bearer tokens of Google. */
const tokenHeaders = ['x-serverless-authorization', 'authorization', 'proxy-authorization'] as const

/** A bearer token of a call. */
export interface SeenToken {
  header: (typeof tokenHeaders)[number]
  token: string
  /** The claims, without a check of the signature; undefined if it is not a JWT. */
  claims: JWTPayload | undefined
  kid: string | undefined
  verification: Verification
  /** Why its `aud` was accepted, although it is not one of the service's audiences. */
  tolerance?: AudienceTolerance
}

type Looked = Pick<SeenToken, 'verification' | 'tolerance'>

/** The bearer tokens of a call, each verified as the front door would. */
export async function seenTokens(
  headers: IncomingHttpHeaders,
  { issuer, ...destination }: Destination & { issuer: Issuer },
): Promise<readonly SeenToken[]> {
  const verified = new Map<string, Promise<Looked>>()
  async function verify(token: string, claims: JWTPayload = {}): Promise<Looked> {
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
 * The token that counts. If both headers are present, Google checks only
 * `X-Serverless-Authorization`, whatever its value. If the policy puts Identity-Aware Proxy in
 * front of the service, a valid token in `Proxy-Authorization` counts; otherwise `Authorization`
 * does.
 *
 * @see https://cloud.google.com/iap/docs/authentication-howto#authenticating_from_proxy-authorization_header
 */
export function countingToken({
  request: { headers },
  receiver,
  seen,
}: {
  request: { headers: IncomingHttpHeaders }
  receiver: Pick<Service, 'headers'>
  seen: readonly SeenToken[]
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

/**
 * Audiences of people's ID tokens: the clients of `gcloud auth login`, of `gcloud auth
 * application-default login`, and of `Emulator.userCredentials`. Cloud Run accepts them for any
 * service (https://github.com/googleapis/google-auth-library-java/pull/469).
 */
const gcloudClients: readonly string[] = [
  '32555940559.apps.googleusercontent.com',
  '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  emulatorClientId,
]

/** Whether a token of a person, from gcloud, was refused only for its audience. */
function isFromGcloud({ aud, email }: JWTPayload, verification: Verification): boolean {
  if (verification.isValid || verification.claim !== 'aud') return false
  const isServiceAccount = String(email).endsWith('.gserviceaccount.com')
  return !isServiceAccount && gcloudClients.includes(String(aud))
}

/** The called service and URL, and the pushes of the policy. */
export interface Destination {
  service: Service
  /** Path and query as they were sent. */
  target: string
  pushes: ReadonlyMap<string, PushSender>
}

/**
 * Why Cloud Run accepts a token whose `aud` is not one of the service's audiences; undefined if it
 * does not. Google's own samples write a slash at the end of the service's URL, and Eventarc's
 * triggers choose an `aud` themselves. `verifyCaller` compares exactly.
 */
function audienceTolerance(
  { aud, email }: JWTPayload,
  verification: Verification,
  destination: Destination,
): AudienceTolerance | undefined {
  if (verification.isValid || verification.claim !== 'aud' || typeof aud !== 'string') return
  const { service } = destination
  if (ownUrls(service).some((url) => aud === `${url}/`)) return 'slash'
  return isTrigger(email, destination) && isDestination(aud, destination) ? 'eventarc' : undefined
}

/** Custom audiences have no tolerance. */
function ownUrls({ url, audiences }: Service): readonly string[] {
  return audiences.filter((audience) => {
    const parsed = parsedUrl(audience)
    return audience === url || (parsed !== undefined && isCloudRun(parsed))
  })
}

function isCloudRun({ href, hostname, origin }: URL): boolean {
  return href === `${origin}/` && hostname.endsWith('.run.app')
}

function isTrigger(email: unknown, { service, pushes }: Destination): boolean {
  return [...pushes.values()].some(({ kind, to, serviceAccount, audience }) => {
    const hasNoAudience = kind === 'eventarc' && audience === undefined
    return hasNoAudience && to === service.name && serviceAccount === email
  })
}

/** Whether it is the called URL, with or without its query. */
function isDestination(aud: string, { service: { url }, target }: Destination): boolean {
  return [target, target.split('?', 1).join()].some((path) => aud === `${url}${path}`)
}
