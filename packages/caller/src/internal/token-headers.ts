import { TargetNotAllowedError } from '../errors.ts'
import type { TokenHeader } from '../options.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import type { HeaderPair } from './request-headers.ts'

/**
 * Refuses headers that no call may bring along, in any mode.
 *
 * @throws {@link TargetNotAllowedError} `header_conflict`
 */
export function assertNoForbidden(headers: readonly HeaderPair[]): void {
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
export function conflictOf(
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
  { bearer }: MintedToken,
): HeaderPair[] {
  return [...headers, ...names.map((name): HeaderPair => [name, bearer])]
}

/** What belongs to the user and to the place it was meant for. */
export function withoutCredentials(headers: readonly HeaderPair[]): HeaderPair[] {
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
