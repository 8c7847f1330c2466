import { isTargetNotAllowedError, TargetNotAllowedError } from '../errors.ts'
import type { TokenHeader } from '../options.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { Operation, TargetList } from '../targets/targets.ts'
import type { IdToken } from '../tokens/id-token.ts'
import { redirectRefused } from './redirects.ts'
import type { HeaderPair, OutgoingRequest } from './request.ts'

/** A call that may be made: to where, and with what. */
export interface AdmittedCall extends TargetMatch {
  request: OutgoingRequest
  /** Undefined while there is none, and for a call that goes out unsigned. */
  token?: IdToken | undefined
  /** 2 where it is repeated with another token. @default 1 */
  attempt?: number
}

/** Where a call is signed for. */
export interface TargetMatch {
  /** Undefined in report-only mode, for a call that goes out unsigned. */
  target: CompiledTarget | undefined
  /** In report-only mode: why the call would have been refused. */
  reported?: TargetNotAllowedError
}

/** Whether what the list refuses is refused, or only reported. */
export type Mode = 'enforce' | 'report-only'

/** What requests are held against. */
interface Rules {
  targets: TargetList
  mode: Mode
}

/**
 * Finds where a request may go, and whether it is signed.
 *
 * @throws {@link TargetNotAllowedError}
 */
export function admit(request: OutgoingRequest, { targets, mode }: Rules): AdmittedCall {
  assertNoForbidden(request.headers)
  return settle(request, findTarget(request, targets, mode), mode)
}

/**
 * The same for a request that an answer redirects to. What the user sent along for one service is not
 * for another.
 *
 * @throws {@link TargetNotAllowedError} `redirect_refused`
 */
export function admitRedirect(
  next: OutgoingRequest,
  from: RedirectedCall,
  { targets, mode }: Rules,
): AdmittedCall {
  const found = findNext(next, from, { targets, mode })
  const stays = found.target
    ? isSameService(found.target, from.target)
    : next.url.origin === from.request.url.origin
  const headers = stays ? next.headers : withoutCredentials(next.headers)
  return settle({ ...next, headers }, found, mode)
}

/** A call that was answered with a redirect. */
interface RedirectedCall {
  request: OutgoingRequest
  target: CompiledTarget
}

/**
 * Finds the target of a call. In report-only mode there is always an answer: a call that a listed
 * target doesn't allow is signed for it all the same, since its token goes where it may go.
 *
 * @throws {@link TargetNotAllowedError} unless in report-only mode
 */
export function findTarget(call: Operation, targets: TargetList, mode: Mode): TargetMatch {
  try {
    return { target: targets.find(call) }
  } catch (error) {
    if (mode !== 'report-only' || !isTargetNotAllowedError(error)) throw error
    return { target: targets.covering(call.url), reported: error }
  }
}

/** Any listed target will do. */
function findNext(
  next: OutgoingRequest,
  from: RedirectedCall,
  { targets, mode }: Rules,
): TargetMatch {
  try {
    const { target, reported } = findTarget(next, targets, mode)
    return reported ? { target, reported: redirectRefused(from.request, reported) } : { target }
  } catch (cause) {
    throw redirectRefused(from.request, cause)
  }
}

function settle(request: OutgoingRequest, found: TargetMatch, mode: Mode): AdmittedCall {
  const conflict = found.target && conflictOf(request.headers, found.target)
  if (!conflict) return { request, ...found }
  if (mode !== 'report-only') throw conflict
  return { request, target: undefined, reported: found.reported ?? conflict }
}

/** Several targets may be one service: its rules, one each. */
function isSameService(one: CompiledTarget, other: CompiledTarget): boolean {
  const isSame = one.base === other.base && one.audience === other.audience
  return isSame && one.headers.join() === other.headers.join()
}

/**
 * Refuses headers that no call may bring along, in any mode.
 *
 * @throws {@link TargetNotAllowedError} `header_conflict`
 */
function assertNoForbidden(headers: readonly HeaderPair[]): void {
  for (const [given] of headers) {
    const name = given.toLowerCase()
    const reason = forbidden.get(name)
    if (reason !== undefined) throw conflict(name, reason)
  }
}

/**
 * Why a request's headers would fight with the token, rather than be overwritten: whoever set them
 * meant something by it. Undefined where they don't.
 */
function conflictOf(
  headers: readonly HeaderPair[],
  target: CompiledTarget,
): TargetNotAllowedError | undefined {
  for (const [given] of headers) {
    const name = given.toLowerCase()
    if (target.headers.some((header) => header === name))
      return conflict(name, remove(name, target))
  }
  return undefined
}

/** The headers with the token in each of the named ones. */
export function withToken(
  headers: readonly HeaderPair[],
  names: readonly TokenHeader[],
  { bearer }: IdToken,
): HeaderPair[] {
  return [...headers, ...names.map((name): HeaderPair => [name, bearer])]
}

/** What belongs to the user and to the place it was meant for. */
function withoutCredentials(headers: readonly HeaderPair[]): HeaderPair[] {
  return headers.filter(([name]) => !credentials.has(name.toLowerCase()))
}

const credentials: ReadonlySet<string> = new Set([
  'authorization',
  'x-caller-authorization',
  'x-serverless-authorization',
  'proxy-authorization',
  'cookie',
])

/** Headers that no call may bring along, and why. */
const forbidden: ReadonlyMap<string, string> = new Map([
  [
    'x-serverless-authorization',
    'Remove it: only the token for the target goes there, and one that was received must not be passed on.',
  ],
  ['host', 'Remove it: the URL says which service is called, and the list was held against that.'],
  [
    'proxy-authorization',
    "Remove it: for Identity-Aware Proxy, list it in the target's headers; for a proxy of your own, give that to the fetch option, with an undici dispatcher.",
  ],
])

function remove(name: string, { headers, base }: CompiledTarget): string {
  const others = name === 'authorization' ? ", or set the target's headers to leave it free" : ''
  return `Remove it: the token for ${base} goes into ${headers.join(' and ')}${others}.`
}

function conflict(name: string, hint: string): TargetNotAllowedError {
  return new TargetNotAllowedError('header_conflict', `The request has a header '${name}'`, {
    hint,
  })
}
