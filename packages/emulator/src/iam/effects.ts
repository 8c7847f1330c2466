import type { Grant } from '../events.ts'
import { isMet } from './conditions.ts'
import { isDeleted, whyUnknown } from './members.ts'
import { inConditions, type Resource } from './resources.ts'
import { holds, type Permission } from './roles.ts'

/** Whether an entry gives its member a permission, and if not, why. */
export interface Effect {
  gives: Grant['invokes']
  why?: string
}

/** What is asked of an entry. */
export interface Question {
  permission: Permission
  /** The resource that is used; conditions are about it, also those of its ancestors' policies. */
  resource: Resource
  /** Milliseconds since the epoch. */
  time: number
}

/**
 * Whether an entry of an allow policy gives its member a permission. What the emulator doesn't
 * evaluate gives nothing: a door that Google would open stays shut here, and not the other way round.
 */
export function effectOf(
  { role, member, condition }: Pick<Grant, 'role' | 'member' | 'condition'>,
  question: Question,
): Effect {
  const held = holds(role, question.permission)
  if (held === 'no') return { gives: 'no', why: `${role} does not hold ${question.permission}` }
  if (held === 'unknown') {
    return { gives: 'unknown', why: 'The emulator does not know the permissions of custom roles' }
  }
  if (isDeleted(member)) return { gives: 'no', why: 'The member was deleted' }
  const unknown = whyUnknown(member)
  if (unknown !== undefined) return { gives: 'unknown', why: unknown }
  return condition ? effectOfCondition(condition.expression, question) : { gives: 'yes' }
}

function effectOfCondition(expression: string, { resource, time }: Question): Effect {
  const isTrue = isMet(expression, { time, resource: inConditions(resource) })
  if (isTrue === undefined) {
    return { gives: 'unknown', why: 'The emulator does not evaluate this condition' }
  }
  return isTrue ? { gives: 'yes' } : { gives: 'no', why: 'The condition is not met' }
}
