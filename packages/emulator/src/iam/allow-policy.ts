import { createHash, randomBytes } from 'node:crypto'
import type { GrantCondition } from '../events.ts'

/** One member of one binding. */
export interface Entry {
  role: string
  member: string
  condition?: GrantCondition
}

/** An allow policy, as Google's APIs write it. */
export interface AllowPolicy {
  version?: number
  bindings?: readonly Binding[]
  etag: string
}

interface Binding {
  role: string
  members: readonly string[]
  condition?: GrantCondition
}

/** What tells two entries of one policy apart. */
export function entryKey({ role, member, condition }: Entry): string {
  return JSON.stringify([role, member, conditionKey(condition)])
}

function conditionKey(condition: GrantCondition | undefined): readonly string[] {
  if (!condition) return []
  const { title, expression, description = '' } = condition
  return [title, expression, description]
}

/** The etag of a policy that nobody has written. */
export const emptyEtag = 'ACAB'

/** An etag in the form of Google's: eight bytes. */
export function newEtag(): string {
  return randomBytes(8).toString('base64')
}

/** Whether two etags are the same bytes: gcloud writes the other alphabet of base64. */
export function isSameEtag(one: string, other: string): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'))
}

/**
 * Entries as a policy. An empty one has its etag alone, as at Google.
 *
 * @param version the highest version that the reader understands: below 3 conditional roles are
 *   renamed, and lose their condition
 */
export function toAllowPolicy(
  entries: readonly Entry[],
  { etag, version }: { etag: string; version: number },
): AllowPolicy {
  if (entries.length === 0) return { etag }
  const bindings = bindingsOf(entries)
  const isConditional = bindings.some(({ condition }) => condition)
  if (!isConditional) return { version: 1, bindings, etag }
  if (version < 3) return { version: 1, bindings: bindings.map(withoutCondition), etag }
  return { version: 3, bindings, etag }
}

function bindingsOf(entries: readonly Entry[]): readonly Binding[] {
  const bindings = new Map<
    string,
    { role: string; members: string[]; condition?: GrantCondition }
  >()
  for (const { role, member, condition } of entries) {
    const key = entryKey({ role, member: '', ...(condition && { condition }) })
    const binding = bindings.get(key) ?? { role, members: [], ...(condition && { condition }) }
    binding.members.push(member)
    bindings.set(key, binding)
  }
  return [...bindings.values()]
}

/**
 * Google marks a conditional role for readers that don't know of conditions, and refuses to write
 * such a name back (https://cloud.google.com/iam/docs/policies#policy-versions).
 */
function withoutCondition({ role, members, condition }: Binding): Binding {
  if (!condition) return { role, members }
  const hash = createHash('sha256').update(conditionKey(condition).join('\n')).digest('hex')
  return { role: `${role}_withcond_${hash.slice(0, 20)}`, members }
}
