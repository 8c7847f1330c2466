import { type AccountHolder, type Policy, type Rule, sharedAccounts } from '@countersign/policy'

/** One arrow of a policy. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** The product that pushes; undefined for a service that calls. */
  readonly push?: string
  /** The unique id that the entry pins which gives these rights. */
  readonly subject?: string
  /** The `aud` of a push that has one of its own. */
  readonly audience?: string
  /** The entry that gives these rights, where it is another one with the same account. */
  readonly through?: string
  /** OR-ed; an empty one is everything. */
  readonly rules: readonly Rule[]
}

/**
 * Who may call whom, in the order of the policy: services first, then pushes.
 *
 * @param policy the policy
 */
export function edgesOf({ services, pushes }: Policy): readonly Edge[] {
  const calls = [...services.values()].flatMap(({ name: from, subject, calls }) =>
    [...calls].map(([to, rules]) => ({ from, to, ...pin(subject), rules })),
  )
  const deliveries = [...pushes.values()].map(({ name, to, subject, ...push }) => {
    const { kind, audience, methods, path } = push
    const rules: Rule[] = [{ methods, ...(path !== undefined && { paths: [path] }) }]
    return {
      from: name,
      to,
      push: kind,
      ...pin(subject),
      ...(audience !== undefined && { audience }),
      rules,
    }
  })
  return [...calls, ...deliveries]
}

function pin(subject: string | undefined): Pick<Edge, 'subject'> {
  return subject === undefined ? {} : { subject }
}

/**
 * What services and pushes may do besides, as another entry has their account.
 *
 * @param policy the policy
 */
export function sharedEdgesOf(policy: Policy): readonly Edge[] {
  return sharedAccounts(policy).flatMap(({ holders }) =>
    holders.flatMap((holder) =>
      holders
        .filter((other) => other !== holder)
        .flatMap((other) => edgesThrough(other, holder, policy)),
    ),
  )
}

/** One edge for each right that the holder's own entry doesn't give. */
function edgesThrough(other: AccountHolder, holder: AccountHolder, policy: Policy): Edge[] {
  const own = new Set(holder.rights.map((right) => JSON.stringify(right)))
  const kind = holder.kind === 'push' ? policy.pushes.get(holder.name)?.kind : undefined
  return other.rights
    .filter((right) => !own.has(JSON.stringify(right)))
    .map(({ to, rule, audience }) => ({
      from: holder.name,
      to,
      ...(kind !== undefined && { push: kind }),
      ...pin(other.subject),
      ...(audience !== undefined && { audience }),
      through: entryName(other),
      rules: [rule],
    }))
}

/**
 * An entry of a policy as messages call it, such as `services.login`.
 *
 * @param holder a service or a push
 */
export function entryName({ kind, name }: Pick<AccountHolder, 'kind' | 'name'>): string {
  return `${kind === 'push' ? 'pushes' : 'services'}.${name}`
}

/**
 * A rule in words: `GET /profiles/:id`, or `everything`.
 *
 * @param rule one of a call's
 */
export function inWords({ methods, paths }: Rule): string {
  const words = [methods?.join(', '), paths?.join(', ')].filter((part) => part !== undefined)
  return words.join(' ') || 'everything'
}

/**
 * A policy as a Mermaid flowchart.
 *
 * @param policy the policy
 */
export function mermaid(policy: Policy): string {
  const nodes = [...policy.services.values()].map(({ name, public: isPublic }) => {
    return `  ${nodeOf(name)}["${name}${isPublic ? ' (public)' : ''}"]`
  })
  const senders = [...policy.pushes.values()].map(({ name, kind }) => {
    return `  ${nodeOf(name, 'push')}(["${name} (${kind})"])`
  })
  const arrows = [...edgesOf(policy), ...sharedEdgesOf(policy)].map((edge) => {
    const { from, to, push, through, rules } = edge
    const what = rules.map(inWords).join('; ').replaceAll('"', '#quot;')
    const label = through === undefined ? what : `as ${through}: ${what}`
    const line = through === undefined ? '-->' : '-.->'
    return `  ${nodeOf(from, push === undefined ? 'service' : 'push')} ${line}|"${label}"| ${nodeOf(to)}`
  })
  return ['flowchart LR', ...nodes, ...senders, ...arrows].join('\n')
}

/** Never a word of Mermaid's own, such as `end`; and a push may be called as a service is. */
function nodeOf(name: string, kind: 'service' | 'push' = 'service'): string {
  return `${kind}-${name}`
}
