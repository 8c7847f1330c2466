import type { AllowEntry, CallerEntry, PushKind } from '../options.ts'
import type { Audiences } from './audience.ts'
import type { ServiceAccountClaims } from './claims.ts'
import { isServiceAccount } from './claims.ts'
import type { Failure } from './failure.ts'
import { type Operation, type OperationRule, operationRule } from './operations.ts'
import { plainPath } from './paths.ts'

/** One entry of the allow-list, compiled at start-up. */
export interface CompiledEntry {
  email: string
  subject: string | undefined
  /** Its own audiences; `undefined` where the service's count. */
  audiences: readonly string[] | undefined
  push: PushKind | undefined
  covers: OperationRule
  /** The entry's methods and paths in words, for events. */
  operations: string
}

/** The allow-list: entries by email. Those with one email are OR-ed. */
export type AllowList = ReadonlyMap<string, readonly CompiledEntry[]>

/** Compiles `allow`; what is wrong with an entry stops the start. */
export function compileAllowList(allow: readonly AllowEntry[]): AllowList {
  const list = new Map<string, CompiledEntry[]>()
  for (const [index, entry] of allow.entries()) {
    const compiled = compileEntry(entry, `allow[${index}]`)
    const others = list.get(compiled.email)
    if (others) others.push(compiled)
    else list.set(compiled.email, [compiled])
  }
  return list
}

function compileEntry(entry: AllowEntry, where: string): CompiledEntry {
  const rule: CallerEntry & { push?: PushKind } =
    typeof entry === 'string' ? { email: entry } : entry
  assertAccount(rule?.email, typeof entry === 'string' ? where : `${where}.email`)
  assertSubject(rule.subject, `${where}.subject`)
  return {
    email: rule.email,
    subject: rule.subject,
    audiences: compileAudience(rule.audience, `${where}.audience`),
    push: rule.push,
    covers: operationRule(rule, where),
    operations: [rule.methods, rule.paths].map((some) => some?.join(', ') ?? 'any').join(' on '),
  }
}

function assertAccount(email: unknown, where: string): asserts email is string {
  if (typeof email === 'string' && isServiceAccount(email) && email === email.toLowerCase()) return
  throw new TypeError(
    `${where} is ${JSON.stringify(email)}: write a service account's email in lower case, such as "login@acme.iam.gserviceaccount.com"`,
  )
}

function assertSubject(subject: unknown, where: string): void {
  if (subject === undefined || (typeof subject === 'string' && subject !== '')) return
  throw new TypeError(
    `${where} is ${JSON.stringify(subject)}: write the account's unique id, which gcloud iam service-accounts describe EMAIL --format='value(uniqueId)' prints`,
  )
}

/** An `audience` option as a list; `undefined` where it was left out. */
export function compileAudience(
  audience: string | readonly string[] | undefined,
  where: string,
): readonly string[] | undefined {
  if (audience === undefined) return undefined
  const list = typeof audience === 'string' ? [audience] : audience
  const valid = Array.isArray(list) && list.every((one) => typeof one === 'string' && one !== '')
  if (valid && list.length > 0) return [...list]
  throw new TypeError(
    `${where} is ${JSON.stringify(audience)}: write the URL that callers put in aud, such as "https://search-123.us-central1.run.app", or leave it out`,
  )
}

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
