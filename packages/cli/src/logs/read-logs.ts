import { redact } from '@countersign/shared/redact'
import { exitCodes, Failure, usageFailure } from '../command-line/failure.ts'
import { type Entry, readEntry } from './entry.ts'
import { type Gcloud, gcloud } from './gcloud.ts'
import { jsonValues } from './json-values.ts'

/** Entries that were read, and what was not. */
export interface ReadLog {
  entries: number
  unreadable: Record<string, number>
  isCapped: boolean
}

/**
 * Reads a log from a file or a stream.
 *
 * @param add called with each entry that says something about refusals
 */
export async function readLog(
  chunks: AsyncIterable<Uint8Array>,
  add: (entry: Entry) => void,
): Promise<ReadLog> {
  const log: ReadLog = { entries: 0, unreadable: {}, isCapped: false }
  for await (const read of jsonValues(chunks)) {
    if ('problem' in read) log.unreadable[read.problem] = (log.unreadable[read.problem] ?? 0) + 1
    else addValue(read.value, { log, add })
  }
  return log
}

function addValue(
  value: unknown,
  { log, add }: { log: ReadLog; add: (entry: Entry) => void },
): void {
  log.entries += 1
  const entry = readEntry(value)
  if (entry) add(entry)
}

/** What to ask Cloud Logging for. */
export interface LogQuery {
  service: string
  /** Such as `1h`, as gcloud's `--freshness`. */
  since: string
  project?: string | undefined
  bucket?: string | undefined
  location?: string | undefined
  view?: string | undefined
  limit: number
}

/**
 * Reads the refusals of a service from Cloud Logging, and then the calls of other services in the same
 * traces, so that the callers are known.
 *
 * @throws {Failure} if gcloud fails
 */
export async function readCloudLog(
  query: LogQuery,
  add: (entry: Entry) => void,
  ask: Gcloud = gcloud,
): Promise<ReadLog> {
  const traces = new Set<string>()
  const log: ReadLog = { entries: 0, unreadable: {}, isCapped: false }
  const first = await listed(refusalsFilter(query.service), query, ask)
  for (const value of first) {
    addValue(value, {
      log,
      add: (entry) => {
        add(entry)
        if (entry.trace !== undefined && traces.size < maxTraces) traces.add(entry.trace)
      },
    })
  }
  if (traces.size > 0) {
    const others = await listed(tracesFilter(query.service, [...traces]), query, ask)
    for (const value of others) addValue(value, { log, add })
  }
  log.isCapped = first.length >= query.limit
  return log
}

/** A filter has at most 20,000 characters. */
const maxTraces = 150

function refusalsFilter(service: string): string {
  return [
    `resource.labels.service_name="${service}" AND (`,
    'httpRequest.status=(401 OR 403 OR 404)',
    ' OR jsonPayload.enforced:* OR jsonPayload.code=("stale_keys_used" OR "keys_refresh_failed" OR "audience_not_found" OR "token_refresh_failed")',
    ' OR protoPayload.methodName:"SetIamPolicy")',
  ].join('')
}

function tracesFilter(service: string, traces: readonly string[]): string {
  const list = traces.map((trace) => `"${trace}"`).join(' OR ')
  return `logName:"run.googleapis.com%2Frequests" AND resource.labels.service_name!="${service}" AND trace:(${list})`
}

async function listed(filter: string, query: LogQuery, ask: Gcloud): Promise<readonly unknown[]> {
  const { since, project, bucket, location, view, limit } = query
  const asked = await ask([
    'logging',
    'read',
    filter,
    `--freshness=${since}`,
    `--limit=${limit}`,
    ...(project === undefined ? [] : [`--project=${project}`]),
    ...(bucket === undefined
      ? []
      : [
          `--bucket=${bucket}`,
          `--location=${location ?? 'global'}`,
          `--view=${view ?? '_AllLogs'}`,
        ]),
  ])
  if ('problem' in asked) {
    throw new Failure(`The log can't be read: ${asked.problem}`, {
      exitCode: exitCodes.unavailable,
      hint: 'Reading needs roles/logging.viewer. Or read a file: gcloud logging read FILTER --format=json | countersign why -',
    })
  }
  return Array.isArray(asked.value) ? asked.value : []
}

/** Checks a value that becomes part of a filter or an argument of gcloud. */
export function checkedName(text: string, option: string): string {
  if (/^[a-zA-Z0-9][\w.:-]{0,99}$/.test(text)) return text
  throw usageFailure(
    `${option} must be a name, but is "${redact(text)}"`,
    `Write ${option} NAME, with letters, digits and dashes.`,
  )
}
