import type { Party } from '@countersign/emulator'

/** Stands for callers without a token; no service or account can be called so. */
export const anonymous = '(anonymous)'

/** Goes with the name of who only claims to be somebody; no name of a service holds a blank. */
const claimMark = ' (claimed)'

/**
 * Who called: the service, else the account, else {@link anonymous}. Whose token was not valid has
 * another name than who it claims to be, everywhere: in lists, filters, links and the graph.
 *
 * @param caller the caller of a call
 */
export function callerName(caller: Party | undefined): string {
  if (!caller) return anonymous
  const name = caller.service ?? caller.account
  return caller.verified ? name : name + claimMark
}

/**
 * Whether a name is of somebody who only claims to be it.
 *
 * @param name from {@link callerName}
 */
export function isClaimed(name: string): boolean {
  return name.endsWith(claimMark)
}

/**
 * A name without the mark of a claim, to be shown beside one.
 *
 * @param name from {@link callerName}
 */
export function bareName(name: string): string {
  return isClaimed(name) ? name.slice(0, -claimMark.length) : name
}

/**
 * A service account's email without the part that all of them have.
 *
 * @param name from {@link callerName}
 */
export function shortName(name: string): string {
  const bare = bareName(name)
  const short = bare.endsWith(commonDomain) ? bare.slice(0, -commonDomain.length) : bare
  return short + name.slice(bare.length)
}

const commonDomain = '.iam.gserviceaccount.com'
