import type { Party } from '@countersign/emulator'

/** Name for callers without a token; it is not a valid name of a service or account. */
export const anonymous = '(anonymous)'

/** Suffix of a caller that only claims its name; names of services contain no spaces. */
const claimMark = ' (claimed)'

/**
 * Name of a caller: its service, else its account, else {@link anonymous}. A caller whose token is
 * not valid gets a different name everywhere: in lists, filters, links and the graph.
 */
export function callerName(caller: Party | undefined): string {
  if (!caller) return anonymous
  const name = caller.service ?? caller.account
  return caller.verified ? name : name + claimMark
}

/** Whether a name belongs to a caller that only claims it. */
export function isClaimed(name: string): boolean {
  return name.endsWith(claimMark)
}

/** A name without the suffix, to be shown beside a tag. */
export function bareName(name: string): string {
  return isClaimed(name) ? name.slice(0, -claimMark.length) : name
}

/** A service account's email without the domain that all of them share. */
export function shortName(name: string): string {
  const bare = bareName(name)
  const short = bare.endsWith(commonDomain) ? bare.slice(0, -commonDomain.length) : bare
  return short + name.slice(bare.length)
}

const commonDomain = '.iam.gserviceaccount.com'
