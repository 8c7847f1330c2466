import { assertFunction, assertKnown } from '@countersign/shared/checks'
import type { IdentityOptions } from '../options.ts'

/** Options that a source takes beside those that all take. */
export type OwnNames<Options extends IdentityOptions> = Record<
  Exclude<keyof Options, keyof IdentityOptions>,
  true
>

/**
 * Checks the options of an identity source.
 *
 * @param options what was given
 * @param own the options that this source takes beside the common ones
 * @param where what to call the options in errors
 * @throws {TypeError} where they are wrong
 */
export function assertIdentityOptions(
  options: IdentityOptions,
  own: Readonly<Record<string, true>>,
  where: string,
): void {
  assertKnown(options, Object.keys({ ...own, ...commonNames }), where)
  assertFunction(options.fetch, 'fetch')
  assertFunction(options.now, 'now')
}

const commonNames: Record<keyof IdentityOptions, true> = { fetch: true, now: true }
