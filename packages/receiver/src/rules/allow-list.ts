import { assertKnown, assertObject, oneOf, printed } from '@countersign/shared/checks'
import { operationsOf } from '@countersign/shared/rules-in-force'
import { isServiceAccount, type ServiceAccountClaims } from '../call/claims.ts'
import type { Failure } from '../call/denials.ts'
import type { AllowEntry, CallerEntry, PushEntry, PushKind } from '../options.ts'
import {
  type Operation,
  type OperationRule,
  operationRule,
  overridingMethod,
  pathOf,
} from './operation.ts'
import type { Audiences } from './rules.ts'

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
  assertList(allow, 'allow', '["login-run@acme.iam.gserviceaccount.com"]')
  const list = new Map<string, CompiledEntry[]>()
  for (const [index, entry] of allow.entries()) {
    const compiled = compileEntry(entry, `allow[${index}]`)
    const others = list.get(compiled.email)
    if (others) others.push(compiled)
    else list.set(compiled.email, [compiled])
  }
  return list
}

/** Refuses what isn't a list. */
export function assertList(
  value: unknown,
  where: string,
  example: string,
): asserts value is readonly unknown[] {
  if (Array.isArray(value)) return
  throw new TypeError(`${where} is ${printed(value)}: write a list, such as ${example}`)
}

type Rule = CallerEntry & { push?: PushKind }

function compileEntry(entry: AllowEntry, where: string): CompiledEntry {
  if (typeof entry === 'string') return compileRule({ email: entry }, where, where)
  assertShape(entry, where)
  const rule = 'push' in entry ? { ...entry, methods: entry.methods ?? ['POST'] } : entry
  return compileRule(rule, where, `${where}.email`)
}

function compileRule(rule: Rule, where: string, whereEmail: string): CompiledEntry {
  assertAccount(rule.email, whereEmail)
  assertSubject(rule.subject, `${where}.subject`)
  return {
    email: rule.email,
    subject: rule.subject,
    audiences: compileAudience(rule.audience, `${where}.audience`),
    push: rule.push,
    covers: operationRule(rule, where),
    operations: operationsOf(rule),
  }
}

const callerFields = [
  'email',
  'subject',
  'audience',
  'methods',
  'paths',
] satisfies (keyof CallerEntry)[]

const pushFields = [
  'push',
  'email',
  'subject',
  'audience',
  'methods',
  'paths',
] satisfies (keyof PushEntry)[]

const pushKinds: readonly PushKind[] = ['pubsub', 'cloud-tasks', 'cloud-scheduler', 'eventarc']

/**
 * Those that deliver with POST, and leave no choice.
 *
 * @see https://cloud.google.com/pubsub/docs/push#receive_push
 */
const postOnly: readonly PushKind[] = ['pubsub', 'eventarc']

function assertShape(entry: unknown, where: string): asserts entry is CallerEntry | PushEntry {
  assertObject(entry, where)
  assertKnown(entry, 'push' in entry ? pushFields : callerFields, where)
  if ('push' in entry) assertPush(entry as PushEntry, where)
}

function assertPush({ push, methods }: PushEntry, where: string): void {
  oneOf(push, `${where}.push`, pushKinds)
  if (methods === undefined || !postOnly.includes(push)) return
  throw new TypeError(
    `${where}.methods is ${printed(methods)}: leave it out, ${push} delivers with POST alone`,
  )
}

function assertAccount(email: unknown, where: string): asserts email is string {
  if (typeof email === 'string' && isServiceAccount(email) && isPlain(email)) return
  throw new TypeError(
    `${where} is ${printed(email)}: write a service account's email in lower case, such as "login-run@acme.iam.gserviceaccount.com"`,
  )
}

/** As Google writes emails; any other spelling would match no token. */
function isPlain(email: string): boolean {
  return email === email.toLowerCase() && !/\s/.test(email)
}

function assertSubject(subject: unknown, where: string): void {
  if (subject === undefined || (typeof subject === 'string' && subject !== '')) return
  throw new TypeError(
    `${where} is ${printed(subject)}: write the account's unique id, which gcloud iam service-accounts describe EMAIL --format='value(uniqueId)' prints`,
  )
}

/** An `audience` option as a list; `undefined` where it was left out. */
export function compileAudience(
  audience: string | readonly string[] | undefined,
  where: string,
): readonly string[] | undefined {
  if (audience === undefined) return undefined
  const list = typeof audience === 'string' ? [audience] : audience
  if (Array.isArray(list) && list.length > 0 && list.every(isAudience)) return [...list]
  throw new TypeError(
    `${where} is ${printed(audience)}: write the URL that callers put in aud, such as "https://search-123.us-central1.run.app", or leave it out`,
  )
}

function isAudience(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value === value.trim()
}

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
