import type { PushSender, Service } from '@countersign/policy'
import type { JWTPayload } from 'jose'
import type { Verification } from '../../google/issuer.ts'
import type { AudienceTolerance } from '../../layers.ts'

/** For whom a call is, and who may push there. */
export interface Destination {
  readonly service: Service
  /** Path and query as they were sent. */
  readonly target: string
  readonly pushes: ReadonlyMap<string, PushSender>
}

/**
 * Why Cloud Run takes a token whose `aud` is none of its service's audiences, if it does. Google's
 * own samples write a slash at the end of the service's URL, and Eventarc's triggers choose an `aud`
 * themselves. `verifyCaller` compares exactly.
 *
 * @param claims of the token
 * @param verification for the service's own audiences
 * @param destination whom it is for
 */
export function audienceTolerance(
  { aud, email }: JWTPayload,
  verification: Verification,
  destination: Destination,
): AudienceTolerance | undefined {
  if (verification.isValid || verification.claim !== 'aud' || typeof aud !== 'string') return
  const { service } = destination
  if (ownUrls(service).some((url) => aud === `${url}/`)) return 'slash'
  return isTrigger(email, destination) && isDestination(aud, destination) ? 'eventarc' : undefined
}

/** Custom audiences are compared as they are. */
function ownUrls({ url, audiences }: Service): readonly string[] {
  return audiences.filter((audience) => {
    return audience === url || (URL.canParse(audience) && isCloudRun(new URL(audience)))
  })
}

function isCloudRun({ href, hostname, origin }: URL): boolean {
  return href === `${origin}/` && hostname.endsWith('.run.app')
}

function isTrigger(email: unknown, { service, pushes }: Destination): boolean {
  return [...pushes.values()].some(({ kind, to, serviceAccount, audience }) => {
    const isUntold = kind === 'eventarc' && audience === undefined
    return isUntold && to === service.name && serviceAccount === email
  })
}

/** The URL that is called, with its query or without. */
function isDestination(aud: string, { service: { url }, target }: Destination): boolean {
  return [target, target.split('?', 1).join()].some((path) => aud === `${url}${path}`)
}
