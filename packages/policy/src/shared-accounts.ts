import type { Policy, PushSender, Rule, Service } from './policy.ts'

/** A service account that several entries of a policy have: each entry has the rights of all of them. */
export interface SharedAccount {
  /** The account's email. */
  serviceAccount: string
  /** The entries with this account, in the order of the policy: services first, then pushes. */
  holders: readonly AccountHolder[]
  /** Whether all entries have the same rights and the same `subject`, so that none gets more by sharing. */
  isEqual: boolean
}

/** A service or a push of a policy, with the rights that its own entry gives. */
export interface AccountHolder {
  /** `push` for one of the policy's `pushes`; a push can have the same name as a service. */
  kind: 'service' | 'push'
  name: string
  /** The unique id that the entry pins; undefined if it pins none. */
  subject: string | undefined
  /** Whether the entry sets `sharesAccount`. */
  sharesAccount: boolean
  /** The rights that the entry gives. */
  rights: readonly Right[]
}

/** One right of an account at one service. */
export interface Right {
  /** The service that the account may call. */
  to: string
  /** The allowed methods and paths; an empty rule allows everything. */
  rule: Rule
  /** The `aud` of a push. `undefined` for calls, and for a push whose `aud` is the URL of the delivery. */
  audience: string | undefined
}

/**
 * Lists the accounts that several services or pushes of a policy have. A receiver knows a caller only by
 * its account, so each of these entries has the rights of all of them.
 *
 * @example
 * ```ts
 * for (const { serviceAccount, holders } of sharedAccounts(policy)) {
 *   console.log(serviceAccount, holders.map(({ name }) => name))
 * }
 * ```
 *
 * @param policy the loaded policy
 * @returns one element for each shared account, in the order of the policy
 */
export function sharedAccounts(
  policy: Pick<Policy, 'services' | 'pushes'>,
): readonly SharedAccount[] {
  const holdersOf = new Map<string, AccountHolder[]>()
  for (const { serviceAccount, ...holder } of holdersIn(policy)) {
    holdersOf.set(serviceAccount, [...(holdersOf.get(serviceAccount) ?? []), holder])
  }
  return [...holdersOf]
    .filter(([, holders]) => holders.length > 1)
    .map(([serviceAccount, holders]) => ({ serviceAccount, holders, isEqual: areEqual(holders) }))
}

type Holding = AccountHolder & { serviceAccount: string }

function holdersIn({ services, pushes }: Pick<Policy, 'services' | 'pushes'>): Holding[] {
  return [...[...services.values()].map(asHolder), ...[...pushes.values()].map(asSender)]
}

function asHolder({ name, serviceAccount, subject, sharesAccount, calls }: Service): Holding {
  const rights = [...calls].flatMap(([to, rules]) =>
    rules.map((rule) => ({ to, rule, audience: undefined })),
  )
  return { kind: 'service', name, serviceAccount, subject, sharesAccount, rights }
}

function asSender({ name, to, methods, path, audience, ...sender }: PushSender): Holding {
  const { serviceAccount, subject, sharesAccount } = sender
  const rule = { methods, ...(path !== undefined && { paths: [path] }) }
  const rights = [{ to, rule, audience }]
  return { kind: 'push', name, serviceAccount, subject, sharesAccount, rights }
}

function areEqual([first, ...others]: readonly AccountHolder[]): boolean {
  return others.every((holder) => haveSameRights(holder, first as AccountHolder))
}

/** Whether two entries give one account the same rights, in any order. */
export function haveSameRights(one: AccountHolder, other: AccountHolder): boolean {
  return rightsText(one) === rightsText(other)
}

/** A push without an `audience` has the URL of the delivery as `aud`, which a service's call never has. */
function rightsText({ kind, subject, rights }: AccountHolder): string {
  const texts = rights.map(({ to, rule: { methods, paths }, audience }) => {
    const aud = kind === 'push' ? (audience ?? 'its URL') : 'the service'
    return JSON.stringify([to, aud, methods?.toSorted(), paths?.toSorted()])
  })
  return JSON.stringify([subject, [...new Set(texts)].sort()])
}
