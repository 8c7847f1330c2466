import type {
  CallerFacts,
  Cause,
  Evidence,
  GrantFacts,
  ListFacts,
  RequestLine,
  ServiceFacts,
} from '../causes/evidence.ts'
import { findCauses } from '../causes/find-causes.ts'
import { refusalOf } from '../causes/refusal.ts'
import type { GrantEntry } from './entry.ts'
import type { JoinedLog, RefusedCall } from './traces.ts'

/** What a policy file adds to a log: accounts of services, and rules. */
export interface KnownServices {
  accountOf(service: string): string | undefined
  nameOf(account: string): string | undefined
  factsOf(service: string): ServiceFacts
  list?: ListFacts
}

/** Refused calls that have the same cause. */
export interface RefusalGroup {
  count: number
  /** Milliseconds since the epoch. */
  first: number
  last: number
  /** The receiving service; for what was not sent, the caller. */
  service: string | undefined
  status: number | undefined
  /** Who refused; undefined if the log doesn't show it. */
  refusedBy: string | undefined
  /** False if the call was let through, in report-only mode. */
  enforced: boolean
  /** Undefined if nothing in the log says why. */
  cause: Cause | undefined
  /** The method and the path, with `:id` for parts that look like ids; of receivers' refusals. */
  operation: string | undefined
  caller: string | undefined
  /** How the caller is known. */
  callerBy: 'token' | 'trace' | 'product' | undefined
  /** The number of calls with this caller. */
  callerKnown: number
  /** A revision that was first seen shortly before the first of these calls. */
  after: { revision: string; ms: number } | undefined
  /** The last change of the service's allow policy shortly before. */
  change: GrantEntry | undefined
}

/** Groups the refused calls of a log: the most frequent group first. */
export function groupRefusals(log: JoinedLog, known: KnownServices): readonly RefusalGroup[] {
  const groups = new Map<string, RefusalGroup>()
  const changes = changesByService(log.grants)
  for (const call of log.calls) {
    const whole = groupOf(call, { log, known, changes })
    const isNew = groups.size >= maxGroups && !groups.has(keyOf(whole))
    const one = isNew ? { ...whole, operation: 'other paths', caller: undefined } : whole
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) add(group, one)
    else groups.set(key, one)
  }
  const all = withCallers([...groups.values()])
  for (const group of all) group.after = revisionBefore(group, { log, known })
  return all.toSorted((one, other) => other.count - one.count)
}

/** A stranger chooses paths, so there could be as many groups as calls. */
const maxGroups = 500

function keyOf(group: RefusalGroup): string {
  const { service, status, cause, refusedBy, enforced, operation, caller } = group
  return JSON.stringify([service, status, cause?.code, refusedBy, enforced, operation, caller])
}

function add(group: RefusalGroup, one: RefusalGroup): void {
  group.count += 1
  group.callerKnown += one.callerKnown
  // The first call decides what is said about the begin: entries come in any order.
  if (one.first < group.first) group.change = one.change
  group.first = Math.min(group.first, one.first)
  group.last = Math.max(group.last, one.last)
}

interface Around {
  log: JoinedLog
  known: KnownServices
  changes: ReadonlyMap<string, readonly GrantEntry[]>
}

function groupOf(call: RefusedCall, around: Around): RefusalGroup {
  const { request, denial, own, push, at } = call
  const evidence = evidenceOf(call, around)
  const [cause] = findCauses(evidence)
  const service = (request ?? denial ?? own)?.service
  const who = callerOf(call)
  const refusedBy = refusalOf(evidence)?.by ?? cause?.refusedBy
  return {
    count: 1,
    first: at,
    last: at,
    service: service ?? push?.url,
    status: request?.status ?? push?.status,
    refusedBy,
    enforced: (denial ?? own)?.enforced ?? true,
    cause,
    operation: operationOf(call),
    ...who,
    callerKnown: who.caller === undefined ? 0 : 1,
    after: undefined,
    change: changeBefore(call, { ...around, isFrontDoors: refusedBy === 'the front door' }),
  }
}

function callerOf({
  caller,
  denial,
  push,
}: RefusedCall): Pick<RefusalGroup, 'caller' | 'callerBy'> {
  if (denial?.caller !== undefined) return { caller: denial.caller, callerBy: 'token' }
  if (push) {
    const product = push.product === 'tasks' ? 'Cloud Tasks' : 'Cloud Scheduler'
    return { caller: `${product} ${push.name ?? ''}`.trim(), callerBy: 'product' }
  }
  return { caller, callerBy: caller === undefined ? undefined : 'trace' }
}

/** The front door knows no methods and paths, so its refusals are the same for all. */
function operationOf({ denial, own }: RefusedCall): string | undefined {
  if (own) return own.target
  if (!denial || denial.method === undefined) return undefined
  return `${denial.method} ${patternOf(denial.path ?? '')}`.trim()
}

/** A path in which the parts that differ from call to call are `:id`. */
function patternOf(path: string): string {
  return path
    .split('/')
    .map((part) => (isId(part) ? ':id' : part))
    .join('/')
}

function isId(part: string): boolean {
  return (
    /^\d+$/.test(part) || (/\d/.test(part) && /^[\w-]{12,}$/.test(part)) || part === '[redacted]'
  )
}

function evidenceOf(call: RefusedCall, around: Around): Evidence {
  const { request, denial, own, push, at } = call
  const { known, changes, log } = around
  const isUnseen = push !== undefined && !request && log.requested.size > 0
  const name = (request ?? denial)?.service
  const history = changes.get(name ?? '')
  return {
    at,
    service: { ...placeOf(request ?? denial), ...(name !== undefined && known.factsOf(name)) },
    ...(request?.url !== undefined && { url: request.url }),
    ...(request && { requestLog: lineOf(request) }),
    ...(isUnseen && { requestLog: 'absent' as const }),
    ...(denial && { denial }),
    ...(own && { ownRefusal: { code: own.code, ...(own.message && { message: own.message }) } }),
    ...(push && { sender: push }),
    caller: callerFacts(call, known),
    ...(history && { grants: changesOnly(history) }),
    ...(known.list && { list: known.list }),
  }
}

/** The verified token is surer than the trace. */
function callerFacts({ denial, caller }: RefusedCall, known: KnownServices): CallerFacts {
  const email = denial?.caller
  const name = email === undefined ? caller : known.nameOf(email)
  const account = email ?? (caller === undefined ? undefined : known.accountOf(caller))
  return { ...(name !== undefined && { name }), ...(account !== undefined && { account }) }
}

function changesOnly(history: readonly GrantEntry[]): GrantFacts {
  const changes = history.flatMap((one) => one.changes)
  return { known: [], notRead: ['allow policies'], changes }
}

function placeOf(place: Partial<Record<'service' | 'project' | 'region', string>> | undefined) {
  const { service, project, region } = place ?? {}
  return {
    ...(service !== undefined && { name: service }),
    ...(project !== undefined && { project }),
    ...(region !== undefined && { region }),
  }
}

function lineOf({ status, text }: { status: number; text?: string }): RequestLine {
  return { status, ...(text !== undefined && { text }) }
}

/**
 * Adds the calls whose caller is not known to the group of the one caller that is known for the same
 * refusal, if there is only one.
 */
function withCallers(groups: readonly RefusalGroup[]): RefusalGroup[] {
  const known = new Map<string, RefusalGroup[]>()
  for (const group of groups) {
    if (group.caller === undefined) continue
    const key = keyOf({ ...group, caller: undefined })
    const same = known.get(key) ?? []
    known.set(key, same)
    same.push(group)
  }
  return groups.filter((group) => {
    const [only, ...others] = group.caller === undefined ? (known.get(keyOf(group)) ?? []) : []
    if (!only || others.length > 0) return true
    only.count += group.count
    only.first = Math.min(only.first, group.first)
    only.last = Math.max(only.last, group.last)
    return false
  })
}

const soonMs = 15 * 60_000

function changesByService(grants: readonly GrantEntry[]): ReadonlyMap<string, GrantEntry[]> {
  const byService = new Map<string, GrantEntry[]>()
  for (const entry of grants) {
    const list = byService.get(entry.service ?? '') ?? []
    byService.set(entry.service ?? '', list)
    list.push(entry)
  }
  return byService
}

/** The newest change of the service's allow policy, shortly before the call. */
function changeBefore(
  { at, request }: RefusedCall,
  { changes, isFrontDoors }: Pick<Around, 'changes'> & { isFrontDoors: boolean },
): GrantEntry | undefined {
  if (!isFrontDoors) return undefined
  const history = changes.get(request?.service ?? '') ?? []
  return history.find((one) => one.at <= at && at - one.at <= soonMs && one.changes.length > 0)
}

/** A revision of the caller or the receiver that was first seen shortly before, and after the log's begin. */
function revisionBefore(
  { first, service, caller = '' }: RefusalGroup,
  { log: { revisions, from }, known }: Pick<Around, 'log' | 'known'>,
): RefusalGroup['after'] {
  let after: RefusalGroup['after']
  const names = [service, known.nameOf(caller) ?? caller]
  for (const [revision, seen] of revisions) {
    const isTheirs = names.some((name) => name && revision.startsWith(`${name}-`))
    const ms = first - seen
    if (!isTheirs || ms < 0 || ms > soonMs || seen === from) continue
    if (!after || ms < after.ms) after = { revision, ms }
  }
  return after
}
