import {
  assertKnown,
  assertNoBareHost,
  assertObject,
  assertOneAudience,
  nearest,
  oneOf,
  printed,
} from '@countersign/shared/checks'
import { operationsOf } from '@countersign/shared/rules-in-force'
import type { Failure, PushKind } from '../decision.ts'
import type { AllowEntry, CallerEntry, PushEntry } from '../options.ts'
import {
  type Operation,
  type OperationRule,
  operationRule,
  overridingMethod,
  pathOf,
} from './operation.ts'

/** One entry of the allow-list, compiled at start-up. */
export interface CompiledEntry {
  email: string
  subject: string | undefined
  /** The audiences of this entry; `undefined` if the service's own count. */
  audiences: readonly string[] | undefined
  push: PushKind | undefined
  covers: OperationRule
  /** The entry's methods and paths in words, for events. */
  operations: string
}

/** The allow-list: entries by email. Those with one email are OR-ed. */
export type AllowList = ReadonlyMap<string, readonly CompiledEntry[]>

/** Compiles `allow`. A wrong entry makes start-up fail. */
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

const callerFields: Record<keyof CallerEntry, true> = {
  email: true,
  subject: true,
  audience: true,
  methods: true,
  paths: true,
}

const pushFields: Record<keyof PushEntry, true> = {
  push: true,
  email: true,
  subject: true,
  audience: true,
  methods: true,
  paths: true,
}

const pushKinds: Record<PushKind, true> = {
  pubsub: true,
  'cloud-tasks': true,
  'cloud-scheduler': true,
  eventarc: true,
}

/**
 * The products that always deliver with POST.
 *
 * @see https://cloud.google.com/pubsub/docs/push#receive_push
 */
const postOnly: readonly PushKind[] = ['pubsub', 'eventarc']

function assertShape(entry: unknown, where: string): asserts entry is CallerEntry | PushEntry {
  assertObject(entry, where)
  assertKnown(entry, Object.keys('push' in entry ? pushFields : callerFields), where)
  if ('push' in entry) assertPush(entry as PushEntry, where)
}

function assertPush({ push, methods }: PushEntry, where: string): void {
  oneOf(push, `${where}.push`, Object.keys(pushKinds) as PushKind[])
  if (methods === undefined || !postOnly.includes(push)) return
  throw new TypeError(
    `${where}.methods must be left out for ${push}, but is ${printed(methods)}: ${push} delivers only with POST`,
  )
}

function assertAccount(email: unknown, where: string): asserts email is string {
  if (typeof email === 'string' && isServiceAccount(email) && isPlain(email)) return
  const text = String(email).toLowerCase()
  const form = isServiceAccount(text)
    ? 'in lower case, with nothing around it'
    : `that ends in "${domainEnd}"`
  throw new TypeError(
    `${where} must be a service account's email ${form}, but is ${printed(email)}: ${accountToWrite(text)}`,
  )
}

function accountToWrite(text: string): string {
  const domain = domainEnd.slice(1)
  const [bare] = emailWithin.exec(text) ?? []
  if (bare !== undefined) return `write "${bare}"`
  const [last] = /[^@.]*\.[^@.]*$/.exec(text) ?? ['']
  const guess = last !== domain && nearest(last, [domain]) !== undefined
  const meant = `${text.slice(0, text.length - last.length)}${domain}`
  return guess && isServiceAccount(meant)
    ? `did you mean "${meant}"?`
    : 'write one such as "login-run@acme.iam.gserviceaccount.com"'
}

const domainEnd = '.gserviceaccount.com'

/** The only email in a text, such as that of IAM's `serviceAccount:login-run@acme.iam.gserviceaccount.com`. */
const emailWithin =
  /(?<![^\s"'<:/\ufeff])[a-z0-9._-]+@[a-z0-9.-]+\.gserviceaccount\.com(?=["'>\s]*$)/

/**
 * Whether an email is a service account's: `login-run@acme.iam.gserviceaccount.com`,
 * `123-compute@developer.gserviceaccount.com`. Human accounts share Google's issuer and keys.
 *
 * @see https://cloud.google.com/iam/docs/service-account-types
 */
export function isServiceAccount(email: string): boolean {
  const at = email.indexOf('@')
  if (at <= 0 || email.indexOf('@', at + 1) !== -1) return false
  return email.endsWith(domainEnd) && email.length - at - 1 > domainEnd.length
}

/** Google writes emails in lower case; any other spelling would match no token, nor do IAM's prefixes and patterns. */
function isPlain(email: string): boolean {
  return (
    email === email.toLowerCase() &&
    !/[\s"'<>*,;/\p{Cf}]|^(?:serviceaccount|mailto|user):/u.test(email)
  )
}

function assertSubject(subject: unknown, where: string): void {
  if (subject === undefined || (typeof subject === 'string' && subject !== '')) return
  throw new TypeError(
    `${where} must be the account's unique id, but is ${printed(subject)}: write the output of gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'`,
  )
}

/** Compiles an `audience` option to a list; `undefined` if it was left out. */
export function compileAudience(
  audience: string | readonly string[] | undefined,
  where: string,
): readonly string[] | undefined {
  if (audience === undefined) return undefined
  const list = typeof audience === 'string' ? [audience] : audience
  if (Array.isArray(list) && list.length > 0 && list.every(isAudience)) {
    for (const one of list) {
      assertNoBareHost(one, where)
      assertOneAudience(one, where)
    }
    return [...list]
  }
  throw new TypeError(
    `${where} must be an audience or a list of them, but is ${printed(audience)}: write the URL that callers put in aud, such as "https://search-123.us-central1.run.app", or leave it out`,
  )
}

function isAudience(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value === value.trim()
}

/** Throws if a value is not a list. */
export function assertList(
  value: unknown,
  where: string,
  example: string,
): asserts value is readonly unknown[] {
  if (Array.isArray(value)) return
  throw new TypeError(
    `${where} must be a list, but is ${printed(value)}: write one such as ${example}`,
  )
}

/** The claims of a verified token that the allow-list reads. */
interface VerifiedClaims {
  email: string
  sub: string
  aud: string
}

/** The parts of a call that the allow-list reads. */
interface AskedFor {
  operation: Operation
  audiences: {
    answersTo(audience: string, operation: Operation, entry: CompiledEntry): boolean
    inWords(entries: readonly CompiledEntry[]): string
  }
}

/** What an empty list expects, in words. */
export const nobody = 'nothing: the allow-list is empty'

/** Finds the entry that lets a verified caller in; else the failure of the check that came furthest. */
export function matchEntry(
  list: AllowList,
  claims: VerifiedClaims,
  asked: AskedFor,
): CompiledEntry | Failure {
  const entries = list.get(claims.email)
  if (entries === undefined) {
    const expected = [...list.keys()].join(', ') || nobody
    return { code: 'caller_not_allowed', got: claims.email, expected }
  }
  for (const entry of entries) {
    const isForEntry = asked.audiences.answersTo(claims.aud, asked.operation, entry)
    if (isForEntry && hasSubject(entry, claims) && entry.covers(asked.operation)) return entry
  }
  return furthestFailure(entries, claims, asked)
}

function hasSubject({ subject }: CompiledEntry, claims: VerifiedClaims): boolean {
  return subject === undefined || subject === claims.sub
}

function furthestFailure(
  entries: readonly CompiledEntry[],
  claims: VerifiedClaims,
  { operation, audiences }: AskedFor,
): Failure {
  const withAudience = entries.filter((entry) => audiences.answersTo(claims.aud, operation, entry))
  if (withAudience.length === 0) {
    return { code: 'audience_mismatch', got: claims.aud, expected: audiences.inWords(entries) }
  }
  const withSubject = withAudience.filter((entry) => hasSubject(entry, claims))
  if (withSubject.length > 0) return operationFailure(withSubject, operation)
  const expected = withAudience.map(({ subject }) => subject).join(', ')
  return { code: 'subject_mismatch', got: claims.sub, expected }
}

function operationFailure(entries: readonly CompiledEntry[], operation: Operation): Failure {
  const got = `${methodInWords(operation)} ${pathInWords(operation)}`
  const allowed = entries.map(({ operations }) => operations).join(' or ')
  const expected = operation.isMounted ? `${allowed}; ${wholePaths}` : allowed
  return { code: 'operation_not_allowed', got, expected }
}

const wholePaths = 'paths count from the root of the application, also in a mounted router'

function methodInWords(operation: Operation): string {
  const { method } = operation
  const isOverridden = overridingMethod(operation) !== undefined
  return isOverridden ? `${method} with a method override` : String(method)
}

function pathInWords(operation: Operation): string {
  if (operation.isRewritten) return 'a path that was rewritten before the check'
  return pathOf(operation) ?? 'a path that no rule speaks of'
}
