import type { Policy, Service } from '@countersign/policy'
import { type Edge, edgesOf, inWords, sharedEdgesOf } from './graph.ts'

/** What two policies differ in, as lines. */
export interface PolicyChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * What one policy lets through and another doesn't, and the other way round.
 *
 * @param before the one
 * @param after the other
 */
export function policyChanges(before: Policy, after: Policy): PolicyChanges {
  const [old, now] = [linesOf(before), linesOf(after)]
  return {
    added: [...now].filter((line) => !old.has(line)),
    removed: [...old].filter((line) => !now.has(line)),
  }
}

/**
 * A line for all that decides who may call what: callers with their accounts, what is open to all, and
 * where a service is. A service's `command` and `port`, which only count on a laptop, have none.
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

/** A shared right is pinned as the entry says that gives it. */
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
  return rules.map((rule) => `${who} calls ${to}: ${inWords(rule)}`)
}

function openLines({ name, url, unauthenticated, audiences, ...service }: Service): string[] {
  return [
    ...(service.public ? [`${name} is public`] : []),
    ...unauthenticated.map((route) => `anybody calls ${name}: ${route}`),
    ...audiences.filter((one) => one !== url).map((one) => `${name} answers to ${one}`),
  ]
}

/** Where its callers' tokens go, in which headers, and where IAM grants that they get through. */
function placeLines({ name, url, headers, project, region }: Service): string[] {
  return [
    ...(url === undefined ? [] : [`${name} is called at ${url}, and answers to that`]),
    ...(headers === undefined ? [] : [`${name} is called with the token in ${headers.join(', ')}`]),
    ...(project === undefined || region === undefined
      ? []
      : [`${name} is in the project ${project}, region ${region}`]),
  ]
}
