import type { Policy, Rule } from '@countersign/policy'

/** One arrow of a policy. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** The product that pushes; undefined for a service that calls. */
  readonly push?: string
  /** OR-ed; an empty one is everything. */
  readonly rules: readonly Rule[]
}

/**
 * Who may call whom, in the order of the policy: services first, then pushes.
 *
 * @param policy the policy
 */
export function edgesOf({ services, pushes }: Policy): readonly Edge[] {
  const calls = [...services.values()].flatMap(({ name: from, calls }) =>
    [...calls].map(([to, rules]) => ({ from, to, rules })),
  )
  const deliveries = [...pushes.values()].map(({ name, kind, to, path }) => {
    const rules: Rule[] = [path === undefined ? {} : { methods: ['POST'], paths: [path] }]
    return { from: name, to, push: kind, rules }
  })
  return [...calls, ...deliveries]
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
  const arrows = edgesOf(policy).map(({ from, to, push, rules }) => {
    const label = rules.map(inWords).join('; ').replaceAll('"', '#quot;')
    return `  ${nodeOf(from, push === undefined ? 'service' : 'push')} -->|"${label}"| ${nodeOf(to)}`
  })
  return ['flowchart LR', ...nodes, ...senders, ...arrows].join('\n')
}

/** Never a word of Mermaid's own, such as `end`; and a push may be called as a service is. */
function nodeOf(name: string, kind: 'service' | 'push' = 'service'): string {
  return `${kind}-${name}`
}
