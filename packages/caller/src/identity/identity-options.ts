import { assertFunction, assertKnown } from '@countersign/shared/checks'
import type { IdentityOptions } from '../options.ts'

// Checks of options. Each throws a TypeError that names the option and says what to write.

/** Refuses what isn't the email of an account: it becomes part of a URL's path. */
export function assertEmail(value: unknown, where: string): asserts value is string {
  if (typeof value === 'string' && /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*$/.test(value)) return
  throw new TypeError(
    `${where} must be the email of a service account: write name@project.iam.gserviceaccount.com, with nothing around it`,
  )
}

/** Refuses a duration that isn't a positive number of milliseconds. */
export function assertDuration(value: unknown, where: string): asserts value is number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return
  throw new TypeError(`${where} must be a positive number of milliseconds`)
}

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
