import { isTargetNotAllowedError, TargetNotAllowedError } from '../errors.ts'
import type { TokenHeader } from '../options.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { Operation, TargetList } from '../targets/targets.ts'
import type { IdToken } from '../tokens/id-token.ts'
import type { HeaderPair } from './headers.ts'
import { redirectRefused } from './redirects.ts'
import type { OutgoingRequest } from './request.ts'

/** A call that is allowed: its request, its target, and its token. */
export interface AdmittedCall extends TargetMatch {
  request: OutgoingRequest
  /** Undefined until the token is there, and for a call that is sent unsigned. */
  token?: IdToken | undefined
  /** 2 if the call is repeated with another token. @default 1 */
  attempt?: number
}

/** The target of a call, as it was found. */
export interface TargetMatch {
  /** Undefined in report-only mode, if the call is sent unsigned. */
  target: CompiledTarget | undefined
  /** In report-only mode: why the call would have been refused. */
  reported?: TargetNotAllowedError
}

/** Whether a call that no target allows is refused, or only reported. */
export type Mode = 'enforce' | 'report-only'

/** The targets that count, and whether they are enforced. */
interface Rules {
  targets: TargetList
  mode: Mode
}

/**
 * Finds the target of a request, and whether the request is signed.
 *
 * @throws {@link TargetNotAllowedError}
 */
export function admit(request: OutgoingRequest, { targets, mode }: Rules): AdmittedCall {
  assertNoForbidden(request.headers)
  return settle(request, findTarget(request, targets, mode), { targets, mode })
}

/**
 * Like `admit`, for the request that a redirect leads to. Credentials that the user added for one service
 * are removed if the redirect leads to another one.
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
  return settle({ ...next, headers }, found, { targets, mode })
}

/** The call whose answer is the redirect. */
interface RedirectedCall {
  request: OutgoingRequest
  target: CompiledTarget
}

/**
 * Finds the target of a call. Report-only mode refuses nothing: a call whose method or path the target
 * doesn't allow is signed nevertheless, since the target can have the token.
 *
 * @throws {@link TargetNotAllowedError} in report-only mode only `target_beyond_emulator`
 */
export function findTarget(call: Operation, targets: TargetList, mode: Mode): TargetMatch {
  try {
    return { target: targets.find(call) }
  } catch (error) {
    if (mode !== 'report-only' || !isReportable(error)) throw error
    return { target: targets.covering(call.url), reported: error }
  }
}

/** A call that leaves the emulator is refused in either mode: it would reach production from a laptop. */
function isReportable(error: unknown): error is TargetNotAllowedError {
  return isTargetNotAllowedError(error) && error.code !== 'target_beyond_emulator'
}

/** A redirect can lead to any of the targets. */
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

function settle(
  asked: OutgoingRequest,
  found: TargetMatch,
  { targets, mode }: Rules,
): AdmittedCall {
  const request = atFrontDoor(asked, targets)
  const conflict = found.target && conflictOf(request.headers, found.target)
  if (!conflict) return { request, ...found }
  if (mode !== 'report-only') throw conflict
  return { request, target: undefined, reported: found.reported ?? conflict }
}

/** With the emulator, the URL that a service has in production leads to its front door. */
function atFrontDoor(
  request: OutgoingRequest,
  { source: { emulation } }: TargetList,
): OutgoingRequest {
  return emulation ? { ...request, url: emulation.localUrl(request.url) } : request
}

/** Several targets can be one service, with one rule each. */
function isSameService(one: CompiledTarget, other: CompiledTarget): boolean {
  const isSame = one.base === other.base && one.audience === other.audience
  return isSame && one.headers.join() === other.headers.join()
}

/**
 * Refuses headers that a call must not have, in any mode.
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
 * Returns the error for a request that has a header that the token goes into. The header is not
 * overwritten, since the code that set it did so for a reason. Undefined if there is no such header.
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

/** Adds the token to the headers, under each of the names. */
export function withToken(
  headers: readonly HeaderPair[],
  names: readonly TokenHeader[],
  { bearer }: IdToken,
): HeaderPair[] {
  return [...headers, ...names.map((name): HeaderPair => [name, bearer])]
}

/** Removes the user's credentials, which are for one service only. */
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

/** Headers that a call must not have, with the hint for each. */
const forbidden: ReadonlyMap<string, string> = new Map([
  [
    'x-serverless-authorization',
    'Remove it: this header is for the token for the target, and a token that was received must not be passed on.',
  ],
  [
    'host',
    'Remove it: the URL says which service is called, and the targets are checked against the URL.',
  ],
  [
    'proxy-authorization',
    "Remove it: for Identity-Aware Proxy, list it in the target's headers; for a proxy of your own, use the fetch option with an undici dispatcher.",
  ],
])

function remove(name: string, { headers, base }: CompiledTarget): string {
  const others = name === 'authorization' ? ", or set the target's headers to leave it free" : ''
  return `Remove it: the token for ${base} goes into ${headers.join(' and ')}${others}.`
}

function conflict(name: string, hint: string): TargetNotAllowedError {
  return new TargetNotAllowedError('header_conflict', `The request has a header "${name}"`, {
    hint,
  })
}
