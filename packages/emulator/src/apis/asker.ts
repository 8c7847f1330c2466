import type { Holder } from '../google/credentials.ts'
import type { Google } from '../google/google.ts'
import { isGoogleApi, namesThisMachine } from '../http/hosts.ts'
import {
  type Handler,
  type Parameters,
  type Reply,
  type RoutedRequest,
  text,
} from '../http/route.ts'
import type { Iam } from '../iam/iam.ts'
import type { Resource } from '../iam/resources.ts'
import type { Permission } from '../iam/roles.ts'
import { googleError } from './errors.ts'
import { holderOf, unauthenticated } from './iam-credentials.ts'

/** What the handlers of IAM need. */
export interface IamParts {
  google: Google
  iam: Iam
}

/**
 * Puts bounds around a handler that opens doors. A page of the web must not reach it: requests need
 * the name of this machine or of one of Google's APIs as `Host`, JSON as the type of a body, and no
 * `Origin` but that of a page of this machine's emulator.
 */
function bounded(handle: Handler): Handler {
  return (request, parameters) => outOfBounds(request) ?? handle(request, parameters)
}

function outOfBounds({ method, headers }: RoutedRequest): Reply | undefined {
  const isLocal = namesThisMachine(headers.host)
  if (!isLocal && !isGoogleApi(headers.host)) {
    return text(403, 'Allow policies are at loopback addresses and names of googleapis.com only.\n')
  }
  const isOwnPage = isLocal && headers.origin === `http://${headers.host}`
  if (headers.origin !== undefined && !isOwnPage) return fromPage
  const site = headers['sec-fetch-site']
  const isOwnSite = isLocal && (site === 'same-origin' || site === 'none')
  if (site !== undefined && !isOwnSite) return fromPage
  const isJson = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return hasBody && !isJson ? text(415, 'Content-Type must be application/json.\n') : undefined
}

const fromPage = text(403, 'Web pages of other sites can not use allow policies.\n')

/** Who sent a request: `undefined` for the person at this machine, who sends no token. */
export type Asker = Holder | undefined

/**
 * Who asks, or the answer to a token that isn't valid. A request without a token is not refused as
 * at Google: whoever runs the emulator is its owner.
 */
async function askerOf(
  request: RoutedRequest,
  google: Google,
): Promise<{ asker: Asker; refusal?: undefined } | { refusal: Reply }> {
  if (request.headers.authorization === undefined) return { asker: undefined }
  const asker = await holderOf(request, google)
  return asker ? { asker } : { refusal: googleError('UNAUTHENTICATED', unauthenticated) }
}

/** Whether somebody has a permission. A federated principal has none: no member names it. */
export function mayDo(
  asker: Asker,
  { permission, resource }: { permission: Permission; resource: Resource },
  iam: Iam,
): boolean {
  if (asker === undefined) return true
  if (asker.actsAs !== undefined) return false
  const { subject, email } = asker
  return iam.isAllowed({ subject, email }, permission, resource)
}

/** What is asked for, and of what. */
interface Demand {
  /** Undefined if nobody needs one. */
  permission: Permission | undefined
  /** Undefined if there is no such resource. */
  resource: Resource | undefined
  /** The answer if there isn't. */
  missing: () => Reply
}

/** A request that is allowed. */
export interface Allowed<R extends Resource> {
  request: RoutedRequest
  resource: R
  asker: Asker
}

/** A handler for those who have a permission on a resource. */
export function permitted<R extends Resource>(
  { google, iam }: IamParts,
  demandOf: (parameters: Parameters) => Omit<Demand, 'resource'> & { resource: R | undefined },
  handle: (allowed: Allowed<R>) => Reply | Promise<Reply>,
): Handler {
  return bounded(async (request, parameters) => {
    const { asker, refusal } = { asker: undefined, ...(await askerOf(request, google)) }
    if (refusal) return refusal
    const { permission, resource, missing } = demandOf(parameters)
    if (!resource) return missing()
    if (permission === undefined || mayDo(asker, { permission, resource }, iam)) {
      return handle({ request, resource, asker })
    }
    const message = `Permission '${permission}' denied on resource '${resource.name}' (or it may not exist).`
    return googleError('PERMISSION_DENIED', message)
  })
}
