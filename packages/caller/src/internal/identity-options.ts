import type { IdentityOptions } from '../identity-source.ts'
import { assertFunction, assertKnown } from './checks.ts'

/**
 * Checks the options of an identity source.
 *
 * @param options what was given
 * @param more the names that this source takes beside the common ones
 * @param where what to call the options in errors
 * @throws {TypeError} where they are wrong
 */
export function assertIdentityOptions(
  options: IdentityOptions,
  more: readonly string[],
  where: string,
): void {
  assertKnown(options, [...more, 'fetch', 'now'], where)
  assertFunction(options.fetch, 'fetch')
  assertFunction(options.now, 'now')
}
