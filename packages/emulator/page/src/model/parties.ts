import type { Party } from '@countersign/emulator'

/** Stands for callers without a token; no service or account can be called so. */
export const anonymous = '(anonymous)'

/**
 * Who called, in one word: the service, else the account, else {@link anonymous}.
 *
 * @param caller the caller of a call
 */
export function callerName(caller: Party | undefined): string {
  return caller?.service ?? caller?.account ?? anonymous
}

/**
 * A service account's email without the part that all of them have.
 *
 * @param name a service, an account, or {@link anonymous}
 */
export function shortName(name: string): string {
  return name.endsWith(commonDomain) ? name.slice(0, -commonDomain.length) : name
}

const commonDomain = '.iam.gserviceaccount.com'
