import type { GrantCondition } from '../events.ts'
import type { Entry } from './allow-policy.ts'
import { checkMember } from './members.ts'
import { isKnownRole } from './roles.ts'

/** What `setIamPolicy` is to write, or what is wrong with it, in Google's words. */
export type CheckedPolicy =
  | { problem?: undefined; entries: readonly Entry[]; etag?: string; version: number }
  | { problem: string }

/** Google's limits, for all bindings together. */
const maxMembers = 1_500
const maxGroups = 250

/** Reads the `policy` of a request to `setIamPolicy`. */
export function checkPolicy(policy: unknown): CheckedPolicy {
  if (!isObject(policy)) return { problem: 'The policy is required.' }
  const { bindings = [], etag, version = 0 } = policy
  const unknown = Object.keys(policy).find((name) => !fields.has(name))
  if (unknown !== undefined) {
    return {
      problem: `Invalid JSON payload received. Unknown name "${shown(unknown)}" at 'policy'`,
    }
  }
  if (version !== 0 && version !== 1 && version !== 3) {
    return { problem: 'The policy version must be 0, 1 or 3.' }
  }
  if (etag !== undefined && typeof etag !== 'string') {
    return { problem: 'Invalid value at policy.etag (TYPE_BYTES)' }
  }
  const checked = checkBindings(bindings ?? [], version)
  if ('problem' in checked) return checked
  return { entries: checked.entries, version, ...(etag !== undefined && etag !== '' && { etag }) }
}

const fields: ReadonlySet<string> = new Set(['version', 'bindings', 'etag', 'auditConfigs', 'kind'])

type CheckedEntries = { entries: readonly Entry[] } | { problem: string }

function checkBindings(bindings: unknown, version: number): CheckedEntries {
  if (!Array.isArray(bindings)) return { problem: 'policy.bindings must be a list.' }
  const entries: Entry[] = []
  for (const binding of bindings) {
    const checked = checkBinding(binding, version)
    if ('problem' in checked) return checked
    entries.push(...checked.entries)
    if (entries.length > maxMembers) {
      return { problem: `The number of members in the policy is larger than ${maxMembers}.` }
    }
  }
  const groups = entries.filter(({ member }) => /^(?:deleted:)?group:/.test(member))
  if (groups.length > maxGroups) {
    return { problem: `The number of groups in the policy is larger than ${maxGroups}.` }
  }
  return { entries }
}

function checkBinding(binding: unknown, version: number): CheckedEntries {
  if (!isObject(binding)) return { problem: 'A binding must be an object.' }
  const { role, members = [], condition } = binding
  if (typeof role !== 'string' || role === '') return { problem: 'A binding must have a role.' }
  if (role.includes('_withcond_')) {
    return { problem: `Role ${shown(role)} has a condition: read the policy with version 3.` }
  }
  if (!isKnownRole(role)) {
    return { problem: `Role ${shown(role)} is not supported for this resource.` }
  }
  const met = checkCondition(condition, { role, version })
  if ('problem' in met) return met
  return checkMembers(members, { role, ...met })
}

function checkMembers(
  members: unknown,
  { role, condition }: Pick<Entry, 'role' | 'condition'>,
): CheckedEntries {
  if (!Array.isArray(members)) {
    return { problem: `The members of ${shown(role)} must be a list.` }
  }
  const entries: Entry[] = []
  for (const text of members) {
    const checked = typeof text === 'string' ? checkMember(text) : { problem: 'Invalid member.' }
    if ('problem' in checked) return checked
    entries.push({ role, member: checked.member, ...(condition && { condition }) })
  }
  return { entries }
}

const basicRoles: ReadonlySet<string> = new Set(['roles/owner', 'roles/editor', 'roles/viewer'])

function checkCondition(
  condition: unknown,
  { role, version }: { role: string; version: number },
): { condition?: GrantCondition } | { problem: string } {
  if (condition === undefined || condition === null) return {}
  if (version !== 3) {
    return { problem: 'Policies with conditional role bindings must specify version 3.' }
  }
  if (basicRoles.has(role)) return { problem: `The role ${role} does not support conditions.` }
  if (!isObject(condition)) return { problem: 'A condition must be an object.' }
  const { title, expression, description } = condition
  if (!isText(title, 100)) return { problem: 'A condition must have a title of 1 to 100 bytes.' }
  if (!isText(expression, 12_000)) return { problem: 'A condition must have an expression.' }
  if (description !== undefined && description !== '' && !isText(description, 256)) {
    return { problem: 'The description of a condition has at most 256 bytes.' }
  }
  return { condition: { title, expression, ...(description ? { description } : {}) } }
}

function isText(value: unknown, maxBytes: number): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= maxBytes
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A stranger wrote it, and it goes into an answer. */
function shown(text: string): string {
  return text.slice(0, 200).replace(/[^ -~]/g, '?')
}
