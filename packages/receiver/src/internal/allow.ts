import type { AllowList, CompiledEntry } from './allow-list.ts'
import type { Audiences } from './audience.ts'
import type { ServiceAccountClaims } from './claims.ts'
import type { Failure } from './failure.ts'
import type { Operation } from './operations.ts'
import { plainPath } from './paths.ts'

/** What the allow-list says of a verified caller: its entry, or the failure that came furthest. */
export function decide(
  list: AllowList,
  claims: ServiceAccountClaims,
  { operation, audiences }: { operation: Operation; audiences: Audiences },
): CompiledEntry | Failure {
  const named = list.get(claims.email)
  if (named === undefined) {
    const expected = [...list.keys()].join(', ')
    return { code: 'caller_not_allowed', got: claims.email, expected }
  }
  const heard = named.filter((entry) => audiences.answersTo(claims.aud, operation, entry))
  if (heard.length === 0) {
    const expected = audiences.inWords(named)
    return { code: 'audience_mismatch', got: claims.aud, expected }
  }
  const known = heard.filter(({ subject }) => subject === undefined || subject === claims.sub)
  if (known.length === 0) {
    const expected = heard.map(({ subject }) => subject).join(', ')
    return { code: 'subject_mismatch', got: claims.sub, expected }
  }
  return known.find((entry) => entry.covers(operation)) ?? operationFailure(known, operation)
}

function operationFailure(entries: readonly CompiledEntry[], operation: Operation): Failure {
  const path = plainPath(operation.target) ?? 'a path that no rule speaks of'
  const got = `${operation.method} ${path}`
  const expected = entries.map(({ operations }) => operations).join(' or ')
  return { code: 'operation_not_allowed', got, expected }
}
