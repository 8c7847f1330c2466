import {
  type AccountHolder,
  type Policy,
  type Rule,
  type Service,
  sharedAccounts,
} from '@countersign/policy'

/** The right of one entry to call one service, which is an arrow in the graph. */
interface Edge {
  from: string
  to: string
  /** The product of a push; undefined for a service that calls. */
  push?: string
  /** The unique id that is pinned by the entry that gives these rights. */
  subject?: string
  /** The `audience` of a push, if it has one. */
  audience?: string
  /** The entry that gives these rights, if it is another one with the same account. */
  through?: string
  /** One of them must match; an empty rule allows everything. */
  rules: readonly Rule[]
}

/** Lists who may call whom, in the order of the policy: services first, then pushes. */
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

/** Lists the rights that services and pushes have because another entry has their account. */
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

/** The name of a policy's entry in messages, such as `services.login`. */
export function entryName({ kind, name }: Pick<AccountHolder, 'kind' | 'name'>): string {
  return `${kind === 'push' ? 'pushes' : 'services'}.${name}`
}

/** A rule as text: `GET /profiles/:id`, or `everything`. */
function ruleText({ methods, paths }: Rule): string {
  const words = [methods?.join(', '), paths?.join(', ')].filter((part) => part !== undefined)
  return words.join(' ') || 'everything'
}

/** Draws a policy as a Mermaid flowchart. */
export function mermaid(policy: Policy): string {
  const nodes = [...policy.services.values()].map(({ name, public: isPublic }) => {
    return `  ${nodeOf(name)}["${name}${isPublic ? ' (public)' : ''}"]`
  })
  const senders = [...policy.pushes.values()].map(({ name, kind }) => {
    return `  ${nodeOf(name, 'push')}(["${name} (${kind})"])`
  })
  const arrows = [...edgesOf(policy), ...sharedEdgesOf(policy)].map((edge) => {
    const { from, to, push, through, rules } = edge
    const what = rules.map(ruleText).join('; ').replaceAll('"', '#quot;')
    const label = through === undefined ? what : `as ${through}: ${what}`
    const line = through === undefined ? '-->' : '-.->'
    return `  ${nodeOf(from, push === undefined ? 'service' : 'push')} ${line}|"${label}"| ${nodeOf(to)}`
  })
  return ['flowchart LR', ...nodes, ...senders, ...arrows].join('\n')
}

/** Never a keyword of Mermaid such as `end`, and different for a push and a service of one name. */
function nodeOf(name: string, kind: 'service' | 'push' = 'service'): string {
  return `${kind}-${name}`
}

/** The differences between two policies, as lines. */
interface PolicyChanges {
  added: readonly string[]
  removed: readonly string[]
}

/** Lists the calls that only one of two policies allows. */
export function policyChanges(before: Policy, after: Policy): PolicyChanges {
  const [old, now] = [linesOf(before), linesOf(after)]
  return {
    added: [...now].filter((line) => !old.has(line)),
    removed: [...old].filter((line) => !now.has(line)),
  }
}

/**
 * One line for each fact that decides who may call what: callers with their accounts, routes that are open
 * to all, and where a service is. `command` and `port` have no line: they are only used on a laptop.
 */
function linesOf(policy: Policy): ReadonlySet<string> {
  const edges = [...edgesOf(policy), ...sharedEdgesOf(policy)]
  const services = [...policy.services.values()]
  const reached = new Set(edges.map(({ to }) => to))
  return new Set([
    ...edges.flatMap((edge) => callLines(edge, policy)),
    ...services.flatMap(openLines),
    ...services.filter((one) => one.public || reached.has(one.name)).flatMap(placeLines),
  ])
}

/** A shared right has the `subject` of the entry that gives it. */
function callLines(
  { from, to, push, audience, through, subject, rules }: Edge,
  policy: Policy,
): string[] {
  const sender = push === undefined ? policy.services.get(from) : policy.pushes.get(from)
  const details = [
    push,
    sender?.serviceAccount,
    subject,
    audience && `aud ${audience}`,
    through && `as ${through}`,
  ]
  const who = `${from} (${details.filter(Boolean).join(', ')})`
  return rules.map((rule) => `${who} calls ${to}: ${ruleText(rule)}`)
}

function openLines({ name, url, unauthenticated, audiences, ...service }: Service): string[] {
  return [
    ...(service.public ? [`${name} is public`] : []),
    ...unauthenticated.map((route) => `anybody calls ${name}: ${route}`),
    ...audiences.filter((one) => one !== url).map((one) => `${name} answers to ${one}`),
  ]
}

/** Where callers send tokens, in which headers, and in which project and region IAM grants the calls. */
function placeLines({ name, url, headers, project, region }: Service): string[] {
  return [
    ...(url === undefined ? [] : [`${name} is called at ${url}, and answers to that`]),
    ...(headers === undefined ? [] : [`${name} is called with the token in ${headers.join(', ')}`]),
    ...(project === undefined || region === undefined
      ? []
      : [`${name} is in the project ${project}, region ${region}`]),
  ]
}
