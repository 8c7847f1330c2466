import type { KeyObject } from 'node:crypto'
import { isPromise } from '@countersign/shared/promises'
import type { KeySource } from '../../key-source.ts'

/**
 * The key, where it is at hand; `undefined` where there is none, or it would have to be waited for,
 * or it can't be had. Never throws, and leaves no rejection behind: an unhandled one ends the
 * process.
 */
export function keyAtHand(keys: KeySource, kid: string): KeyObject | undefined {
  try {
    const key = keys.key(kid)
    if (!isPromise(key)) return key
    Promise.resolve(key).catch(() => {})
    return undefined
  } catch {
    return undefined
  }
}
