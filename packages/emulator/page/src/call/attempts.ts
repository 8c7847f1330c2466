import type { CallHandled } from '@countersign/emulator'
import { hasStage, isProblem } from '../model/outcome.ts'

/** One attempt of a call. */
export interface Attempt {
  call: CallHandled
  /** From 1. */
  number: number
  /** The token of this attempt, compared with the previous attempt. */
  token: 'first' | 'same' | 'another' | 'none'
}

/**
 * All attempts of a call, oldest first, including the call itself: the same request of the same
 * caller in the same trace, repeated after it was refused or failed. Replays do not count.
 *
 * @param calls all of them, oldest first
 */
export function attemptsOf(call: CallHandled, calls: readonly CallHandled[]): readonly Attempt[] {
  const alike = calls.filter((other) => other === call || isAlike(call, other))
  const at = alike.indexOf(call)
  const begin = 1 + alike.findLastIndex((other, index) => index < at && !isProblem(other))
  const end = alike.findIndex((other, index) => index >= at && !isProblem(other))
  const tries = alike.slice(begin, end < 0 ? undefined : end + 1)
  return tries.map((one, index) => ({
    call: one,
    number: index + 1,
    token: tokenBeside(one, tries[index - 1]),
  }))
}

/** Part of a sentence, such as `with another token`. */
export const attemptWords: Readonly<Record<Attempt['token'], string>> = {
  first: '',
  same: 'with the same token',
  another: 'with another token',
  none: 'without a token',
}

function isAlike(one: CallHandled, other: CallHandled): boolean {
  if (one.trace === undefined || (one.replayOf ?? other.replayOf) !== undefined) return false
  return (
    one.trace === other.trace &&
    one.receiver === other.receiver &&
    one.method === other.method &&
    one.target === other.target &&
    (one.caller?.account ?? other.caller?.account) ===
      (other.caller?.account ?? one.caller?.account)
  )
}

function tokenBeside(call: CallHandled, before: CallHandled | undefined): Attempt['token'] {
  if (!before) return 'first'
  if (!hasStage(call, 'token')) return 'none'
  return tokensOf(call) === tokensOf(before) ? 'same' : 'another'
}

/**
 * Identifies tokens by key and claims. RS256 is deterministic, so equal claims give an equal token.
 */
function tokensOf({ layers }: CallHandled): string {
  const tokens = layers.filter((layer) => layer.stage === 'token')
  return JSON.stringify(tokens.map(({ header, kid, claims }) => [header, kid, claims]))
}
