/** What to do about a refusal, by the words that it comes with: the first that match count. */
export type Hints = readonly (readonly [words: RegExp, hint: string])[]

/** A refusal, as whoever issues tokens put it. */
export interface RefusedRequest {
  readonly status: number
  /** Its words, before anything is redacted. Never part of a hint. */
  readonly reason: string
}

/**
 * The hint for a refusal. Where waiting may help, the status alone says so: what was asked for is
 * repeated on these already (`isTransient`).
 *
 * @param refusal what was answered
 * @param hints what is known of this endpoint's words
 * @param otherwise the hint for all others
 */
export function hintOf(
  { status, reason }: RefusedRequest,
  hints: Hints,
  otherwise: string,
): string {
  if (status === 429) return 'It is asked too often: share one serviceFetch, or raise the quota.'
  if (status >= 500) return 'Try again later: the fault is on its side.'
  return hints.find(([words]) => words.test(reason))?.[1] ?? otherwise
}
