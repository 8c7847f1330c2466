import { assertFunction, assertKnown } from '@countersign/shared/checks'
import type { IdentityOptions } from '../options.ts'

/** The names of a source's own options, which other sources don't have. */
export type OwnNames<Options extends IdentityOptions> = Record<
  Exclude<keyof Options, keyof IdentityOptions>,
  true
>

/**
 * Checks the options of an identity source.
 *
 * @param where the name of the options in errors
 * @throws {TypeError} if they are wrong
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
