import type { Policy } from '@countersign/policy'
import { edgesOf, inWords } from './graph.ts'

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
  const [old, now] = [openingsOf(before), openingsOf(after)]
  return {
    added: [...now].filter((line) => !old.has(line)),
    removed: [...old].filter((line) => !now.has(line)),
  }
}

/** A line for each way in: by whom, as which account, and to what. */
function openingsOf(policy: Policy): ReadonlySet<string> {
  const calls = edgesOf(policy).flatMap(({ from, to, push, rules }) => {
    const sender = push === undefined ? policy.services.get(from) : policy.pushes.get(from)
    const { serviceAccount, subject } = sender ?? {}
    const who = `${from} (${[push, serviceAccount, subject].filter(Boolean).join(', ')})`
    return rules.map((rule) => `${who} calls ${to}: ${inWords(rule)}`)
  })
  const open = [...policy.services.values()].flatMap(({ name, unauthenticated, ...service }) => [
    ...(service.public ? [`${name} is public`] : []),
    ...unauthenticated.map((route) => `anybody calls ${name}: ${route}`),
    ...service.audiences.map((audience) => `${name} answers to ${audience}`),
  ])
  return new Set([...calls, ...open])
}
