import type { CompiledEntry } from './allow-list.ts'
import type { Operation } from './operations.ts'

/** The `aud` values that a service, and each entry of its allow-list, answers to. */
export interface Audiences {
  /** Whether `aud` is any that could be right, before the signature says whose token it is. */
  answersToAny(audience: string, operation: Operation): boolean
  /** Whether `aud` is right for this entry. */
  answersTo(audience: string, operation: Operation, entry: CompiledEntry): boolean
  /** All of them in words, for events. */
  readonly expected: string
  /** Those of some entries in words. */
  inWords(entries: readonly CompiledEntry[]): string
}

/**
 * Compares audiences exactly: no prefix, no slash, no case.
 *
 * @param own the service's own audiences
 * @param entries all entries of the allow-list
 */
export function createAudiences(
  own: readonly string[],
  entries: readonly CompiledEntry[],
): Audiences {
  const origins = originsOf(own)
  // A list: a service has one or two, and to look for one in a set costs more than to compare it.
  const union = [...new Set([...own, ...entries.flatMap(({ audiences }) => audiences ?? [])])]
  const somePush = entries.some((entry) => isPushByUrl(entry))

  function inWords(some: readonly CompiledEntry[]): string {
    const exact = new Set(some.flatMap(({ audiences }) => audiences ?? own))
    return [...exact, ...urlsInWords(some)].join(' or ')
  }

  return {
    answersToAny: (audience, operation) =>
      union.includes(audience) || (somePush && isOwnUrl(audience, operation, origins)),
    answersTo: (audience, operation, entry) =>
      (entry.audiences?.includes(audience) ?? own.includes(audience)) ||
      (isPushByUrl(entry) && isOwnUrl(audience, operation, origins)),
    expected: [...union, ...urlsInWords(entries)].join(' or '),
    inWords,
  }
}

/**
 * Pub/Sub, Cloud Tasks, Scheduler and Eventarc put the whole URL that they deliver to in `aud`
 * unless told otherwise: for Cloud Tasks one that differs from task to task.
 */
function isPushByUrl({ push, audiences }: CompiledEntry): boolean {
  return push !== undefined && audiences === undefined
}

function isOwnUrl(audience: string, { target }: Operation, origins: readonly string[]): boolean {
  // Only a path may follow an origin: `.evil.example/x` would make it another one.
  return target?.startsWith('/') === true && origins.some((origin) => audience === origin + target)
}

function originsOf(audiences: readonly string[]): string[] {
  const urls = audiences.filter(
    (audience) => /^https?:\/\//.test(audience) && URL.canParse(audience),
  )
  return [...new Set(urls.map((audience) => new URL(audience).origin))]
}

function urlsInWords(entries: readonly CompiledEntry[]): string[] {
  return entries.some(isPushByUrl) ? ["the request's own URL"] : []
}
