import type { Policy, PushSender, Rule, Service } from './policy.ts'

/** A service account that several entries of a policy have: each of them has the rights of all. */
export interface SharedAccount {
  /** The account's email. */
  serviceAccount: string
  /** Who runs or delivers as it, in the order of the policy: services first. */
  holders: readonly AccountHolder[]
  /** Whether all have the same rights and the same `subject`, so that nobody gets more by sharing. */
  isEqual: boolean
}

/** A service or a push of a policy, and what its own entry lets it do. */
export interface AccountHolder {
  /** `push` for one of the policy's `pushes`, whose names may be those of services. */
  kind: 'service' | 'push'
  name: string
  /** The unique id that its entry pins; undefined where it pins none. */
  subject: string | undefined
  /** Whether its entry says `sharesAccount`. */
  sharesAccount: boolean
  /** What its entry lets it do. */
  rights: readonly Right[]
}

/** What one account may do at one service. */
export interface Right {
  /** The service that is called. */
  to: string
  /** An empty one is everything. */
  rule: Rule
  /** The `aud` of a push; `undefined` for calls, and for a push with the URL that it delivers to. */
  audience: string | undefined
}

/**
 * The accounts that several services or pushes of a policy have. Receivers know accounts alone: what one
 * of them may, all may.
 *
 * @example
 * ```ts
 * for (const { serviceAccount, holders } of sharedAccounts(policy)) {
 *   console.log(serviceAccount, holders.map(({ name }) => name))
 * }
 * ```
 *
 * @param policy who may call whom
 * @returns one for each account that is shared, in the order of the policy
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

/** Whether two entries let one account do the same, in whatever order they say it. */
export function haveSameRights(one: AccountHolder, other: AccountHolder): boolean {
  return rightsText(one) === rightsText(other)
}

/** A push is also known by the URL that it delivers to, which no service's call has for an `aud`. */
function rightsText({ kind, subject, rights }: AccountHolder): string {
  const texts = rights.map(({ to, rule: { methods, paths }, audience }) => {
    const aud = kind === 'push' ? (audience ?? 'its URL') : 'the service'
    return JSON.stringify([to, aud, methods?.toSorted(), paths?.toSorted()])
  })
  return JSON.stringify([subject, [...new Set(texts)].sort()])
}
