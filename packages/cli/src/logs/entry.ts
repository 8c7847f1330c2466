import { redact, redactedPath } from '@countersign/shared/redact'
import type { GrantChange } from '../causes/evidence.ts'

/** A log entry, as far as it says something about refusals. Its texts are redacted. */
export type Entry = RequestEntry | DenialEntry | OwnEntry | PushEntry | GrantEntry

/** What every entry can say about where it comes from. */
interface Place {
  /** Milliseconds since the epoch. */
  at: number
  trace?: string
  service?: string
  project?: string
  region?: string
  revision?: string
}

/** The platform's line of one call. */
export interface RequestEntry extends Place {
  kind: 'request'
  status: number
  method?: string
  /** Host and path, without the query. */
  url?: string
  /** The words of the platform, if it refused the call. */
  text?: string
}

/** A line of `verifyCaller`. */
export interface DenialEntry extends Place {
  kind: 'denial'
  code: string
  enforced: boolean
  caller?: string
  method?: string
  path?: string
  got?: string
  expected?: string
  suppressed: number
  /** Whether the line only counts other lines that were left out. */
  isSummary: boolean
}

/** A line of `serviceFetch`: it sent nothing, or could not renew a token. */
export interface OwnEntry extends Place {
  kind: 'own'
  code: string
  enforced: boolean
  target?: string
  message?: string
  suppressed: number
  isSummary: boolean
}

/** A delivery by Cloud Scheduler or Cloud Tasks that failed. */
export interface PushEntry extends Place {
  kind: 'push'
  product: 'scheduler' | 'tasks'
  name?: string
  url?: string
  status?: number
  words?: string
}

/** Changes of an allow policy, from the audit log. */
export interface GrantEntry extends Place {
  kind: 'grant'
  changes: readonly GrantChange[]
}

type Fields = Readonly<Record<string, unknown>>

/** Reads one entry: a LogEntry of Cloud Logging, or a line that a service of ours wrote on stdout. */
export function readEntry(value: unknown): Entry | undefined {
  const entry = objectOf(value)
  if (!entry) return undefined
  const place = placeOf(entry)
  const request = objectOf(entry.httpRequest)
  if (request) return requestEntry(entry, { request, place })
  const audit = objectOf(entry.protoPayload)
  if (audit) return grantEntry(audit, place)
  const payload = objectOf(entry.jsonPayload) ?? (entry.logName === undefined ? entry : undefined)
  if (!payload) return undefined
  return ownLine(payload, place) ?? pushEntry(entry, { payload, place })
}

function placeOf(entry: Fields): Place {
  const resource = objectOf(entry.resource)
  const labels = objectOf(resource?.labels) ?? {}
  const time = Date.parse(String(entry.timestamp ?? entry.receiveTimestamp))
  return {
    at: Number.isNaN(time) ? 0 : time,
    ...optional('trace', traceIn(entry)),
    ...optional('service', name(labels.service_name)),
    ...optional('project', name(labels.project_id)),
    ...optional('region', name(labels.location)),
    ...optional('revision', name(labels.revision_name)),
  }
}

/** The id alone: one side can know its project, and the other not. */
function traceIn(entry: Fields): string | undefined {
  const trace = entry.trace ?? entry['logging.googleapis.com/trace']
  return typeof trace === 'string' ? /(?:^|\/)([0-9a-f]{32})$/.exec(trace)?.[1] : undefined
}

function requestEntry(
  entry: Fields,
  { request, place }: { request: Fields; place: Place },
): RequestEntry | undefined {
  const status = Number(request.status)
  if (!Number.isInteger(status)) return undefined
  const isRefused = status >= 400
  return {
    kind: 'request',
    ...place,
    status,
    ...optional('method', isRefused ? word(request.requestMethod) : undefined),
    ...optional('url', isRefused ? urlOf(request.requestUrl) : undefined),
    ...optional('text', isRefused ? sentence(entry.textPayload) : undefined),
  }
}

const receiverOnly: ReadonlySet<string> = new Set([
  'stale_keys_used',
  'keys_refresh_failed',
  'audience_not_found',
])

const ownCode = /^[a-z]+(?:_[a-z]+){1,4}$/

/** A line of one of our packages: it has a code, and says whether it was enforced. */
function ownLine(payload: Fields, place: Place): DenialEntry | OwnEntry | undefined {
  const { code } = payload
  if (typeof code !== 'string' || code.length > 40 || !ownCode.test(code)) return undefined
  const isTrouble = receiverOnly.has(code) || code === 'token_refresh_failed'
  if (!isTrouble && typeof payload.enforced !== 'boolean') return undefined
  const common = {
    ...place,
    code,
    enforced: payload.enforced !== false,
    suppressed: countOf(payload.suppressed),
    isSummary: payload.method === undefined && !isTrouble,
  }
  if (isCallers(payload)) {
    return {
      kind: 'own',
      ...common,
      ...optional('target', sentence(payload.target)),
      ...optional('message', sentence(payload.message)),
    }
  }
  return {
    kind: 'denial',
    ...common,
    ...optional('caller', word(payload.caller)),
    ...optional('method', word(payload.method)),
    ...optional('path', typeof payload.path === 'string' ? redactedPath(payload.path) : undefined),
    ...optional('got', sentence(payload.got)),
    ...optional('expected', sentence(payload.expected)),
  }
}

const callerCodes =
  /^(?:target_not_allowed|insecure_target|redirect_refused|header_conflict|no_credentials|user_credentials|identity_\w+|token_rejected|token_refresh_failed)$/

/** `operation_not_allowed` is a code of both sides. The caller's line has a URL. */
function isCallers({ code, url, target }: Fields): boolean {
  return callerCodes.test(String(code)) || url !== undefined || target !== undefined
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

function pushEntry(
  entry: Fields,
  { payload, place }: { payload: Fields; place: Place },
): PushEntry | undefined {
  const log = String(entry.logName)
  if (log.includes('cloudscheduler.googleapis.com')) return schedulerEntry(payload, place)
  return log.includes('cloudtasks.googleapis.com') ? tasksEntry(payload, place) : undefined
}

function schedulerEntry(payload: Fields, place: Place): PushEntry | undefined {
  const words = [payload.status, payload.debugInfo].filter((one) => typeof one === 'string')
  const text = words.join(' ')
  const status = Number(/response code number = (\d{3})\b/.exec(text)?.[1] ?? Number.NaN)
  const isFailed = typeof payload.status === 'string' || status >= 400
  if (!isFailed || /AttemptStarted/.test(String(payload['@type']))) return undefined
  return {
    kind: 'push',
    ...place,
    product: 'scheduler',
    ...optional('name', lastPart(payload.jobName)),
    ...optional('url', urlOf(payload.url)),
    ...(Number.isNaN(status) ? {} : { status }),
    words: redact(text),
  }
}

const statusOf: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, PERMISSION_DENIED: 403 }

function tasksEntry(payload: Fields, place: Place): PushEntry | undefined {
  const answer = objectOf(payload.attemptResponseLog)
  const words = String(answer?.status ?? 'OK')
  if (!answer || words === 'OK') return undefined
  const status = statusOf[words]
  return {
    kind: 'push',
    ...place,
    product: 'tasks',
    ...optional('name', lastPart(payload.task)),
    ...optional('url', urlOf(String(answer.targetAddress).replace(/^[A-Z]+ /, ''))),
    ...(status !== undefined && { status }),
    words: redact(words),
  }
}

/**
 * The changes that an entry of the audit log names.
 *
 * @see https://cloud.google.com/logging/docs/audit/understanding-audit-logs
 */
function grantEntry(audit: Fields, place: Place): GrantEntry | undefined {
  if (!/(?:^|\.)SetIamPolicy$/.test(String(audit.methodName))) return undefined
  const by = word(objectOf(audit.authenticationInfo)?.principalEmail)
  const delta = objectOf(objectOf(audit.serviceData)?.policyDelta)
  const deltas = Array.isArray(delta?.bindingDeltas) ? delta.bindingDeltas.slice(0, 1_000) : []
  const changes = deltas.flatMap((one): GrantChange[] => {
    const { action, role, member } = objectOf(one) ?? {}
    if (action !== 'ADD' && action !== 'REMOVE') return []
    const what = { role: redact(String(role)), member: redact(String(member)) }
    return [{ at: place.at, action, ...what, ...optional('by', by) }]
  })
  const service = /\/services\/([^/]+)$/.exec(String(audit.resourceName))?.[1]
  return { kind: 'grant', ...place, ...optional('service', name(service)), changes }
}

function objectOf(value: unknown): Fields | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Fields) : undefined
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: string })
}

/** A name of Google's: of a service, a project, a region, a revision. */
function name(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,100}$/.test(value) ? value : undefined
}

function lastPart(value: unknown): string | undefined {
  return typeof value === 'string' ? name(value.slice(value.lastIndexOf('/') + 1)) : undefined
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? redact(value, 120) : undefined
}

function sentence(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? redact(value) : undefined
}

function urlOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? redactedPath(value) : undefined
}
