import type { AllowList, CompiledEntry } from './allow-list.ts'
import type { Audiences } from './audience.ts'
import type { ServiceAccountClaims } from './claims.ts'
import type { Failure } from './failure.ts'
import { type Operation, overridingMethod, pathOf } from './operations.ts'

/** What of a call the allow-list speaks about. */
interface Asked {
  operation: Operation
  audiences: Audiences
}

/** What the allow-list says of a verified caller: its entry, or the failure that came furthest. */
export function decide(
  list: AllowList,
  claims: ServiceAccountClaims,
  asked: Asked,
): CompiledEntry | Failure {
  const named = list.get(claims.email)
  if (named === undefined) {
    const expected = [...list.keys()].join(', ')
    return { code: 'caller_not_allowed', got: claims.email, expected }
  }
  for (const entry of named) {
    const isMeant = asked.audiences.answersTo(claims.aud, asked.operation, entry)
    if (isMeant && isPinned(entry, claims) && entry.covers(asked.operation)) return entry
  }
  return furthestFailure(named, claims, asked)
}

function isPinned({ subject }: CompiledEntry, claims: ServiceAccountClaims): boolean {
  return subject === undefined || subject === claims.sub
}

function furthestFailure(
  named: readonly CompiledEntry[],
  claims: ServiceAccountClaims,
  { operation, audiences }: Asked,
): Failure {
  const heard = named.filter((entry) => audiences.answersTo(claims.aud, operation, entry))
  if (heard.length === 0) {
    return { code: 'audience_mismatch', got: claims.aud, expected: audiences.inWords(named) }
  }
  const known = heard.filter((entry) => isPinned(entry, claims))
  if (known.length > 0) return operationFailure(known, operation)
  const expected = heard.map(({ subject }) => subject).join(', ')
  return { code: 'subject_mismatch', got: claims.sub, expected }
}

function operationFailure(entries: readonly CompiledEntry[], operation: Operation): Failure {
  const got = `${methodInWords(operation)} ${pathInWords(operation)}`
  const expected = entries.map(({ operations }) => operations).join(' or ')
  return { code: 'operation_not_allowed', got, expected }
}

function methodInWords(operation: Operation): string {
  const { method } = operation
  const isOverridden = overridingMethod(operation) !== undefined
  return isOverridden ? `${method} with a method override` : String(method)
}

function pathInWords(operation: Operation): string {
  if (operation.isRewritten) return 'a path that was rewritten before the check'
  return pathOf(operation) ?? 'a path that no rule speaks of'
}
