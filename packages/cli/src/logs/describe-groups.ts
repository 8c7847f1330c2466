import { fixLines, paragraph } from '../command-line/paragraph.ts'
import type { RefusalGroup } from './groups.ts'

/** What `why` could not know. */
interface NotKnown {
  /** Refused calls without a trace: nothing else of the log can be joined to them. */
  withoutTrace: number
  /** Denials that services did not log one by one. */
  suppressed: number
  /** Parts of the input that are not entries. */
  unreadable: Readonly<Record<string, number>>
  /** Whether there was more to read than was read. */
  isCapped: boolean
}

/** The result of `why`. */
export interface Explained {
  entries: number
  /** Milliseconds since the epoch; 0 without any entry with a time. */
  from: number
  to: number
  groups: readonly RefusalGroup[]
  notKnown: NotKnown
}

/** The result as text, for a terminal of 80 columns. */
export function describeGroups({ entries, from, to, groups, notKnown }: Explained): string {
  const span = to === 0 ? '' : `, ${day(from)} ${time(from)} to ${day(to)} ${time(to)} UTC`
  const head = `${entries} ${entries === 1 ? 'entry' : 'entries'}${span}`
  const isOneDay = day(from) === day(to)
  const parts = groups.slice(0, maxShown).map((group) => describeGroup(group, isOneDay))
  if (groups.length === 0) parts.push('No refused call in this log.')
  const rest = groups.slice(maxShown).reduce((sum, { count }) => sum + count, 0)
  if (rest > 0) parts.push(`and ${rest} more, of ${groups.length - maxShown} kinds: see --json`)
  return [head, ...parts, describeNotKnown(notKnown)].join('\n\n')
}

/** Groups beyond a few screens are for programs. */
const maxShown = 20

const layout = { indent: 9, hang: 7 }

function describeGroup(group: RefusalGroup, isOneDay: boolean): string {
  const { operation, cause } = group
  const why = cause
    ? `${cause.code} (${cause.certainty}). ${cause.sentence}`
    : 'not known: nothing in this log says why'
  return [
    ...paragraph(`${String(group.count).padStart(7)} ×`, headOf(group, isOneDay), {
      indent: 0,
      hang: 10,
    }),
    ...(operation === undefined ? [] : paragraph('call', operation, layout)),
    ...callerLines(group),
    ...beforeLines(group),
    ...paragraph('CAUSE', why, layout),
    ...fixLines(cause?.fix ?? [], layout),
  ].join('\n')
}

function headOf(group: RefusalGroup, isOneDay: boolean): string {
  const { status, service, refusedBy, enforced } = group
  const by = refusedBy ?? 'somebody'
  const how = enforced ? `refused by ${by}` : `report-only, would be refused by ${by}`
  const parts = [status, `${spanOf(group, isOneDay)} `, service && `${service}:`, how]
  return parts.filter((part) => part !== undefined).join(' ')
}

function callerLines({ caller, callerBy, callerKnown, count }: RefusalGroup): string[] {
  if (caller === undefined) return paragraph('caller', 'not in this log', layout)
  const share = `${callerKnown} of ${count}`
  const how = {
    token: 'its token was verified',
    trace: `its own log, joined by trace: ${share}`,
    product: `its own log, joined by time: ${share}`,
  }
  return paragraph('caller', `${caller} (${how[callerBy ?? 'trace']})`, layout)
}

function beforeLines({ after, change }: RefusalGroup): string[] {
  const lines: string[] = []
  if (after) {
    const text = `first seen ${minutes(after.ms)} after revision ${after.revision}`
    lines.push(...paragraph('', text, layout))
  }
  for (const { action, role, member, by } of change?.changes.slice(0, 3) ?? []) {
    const what = action === 'ADD' ? 'granted to' : 'taken from'
    const who = by === undefined ? '' : ` by ${by}`
    const text = `${time(change?.at ?? 0)} ${role} ${what} ${member}${who}`
    lines.push(...paragraph('before', text, layout))
  }
  return lines
}

function minutes(ms: number): string {
  const count = Math.round(ms / 60_000)
  return count === 0 ? 'less than a minute' : `${count} ${count === 1 ? 'minute' : 'minutes'}`
}

function describeNotKnown({ withoutTrace, suppressed, unreadable, isCapped }: NotKnown): string {
  const parts = [
    `${withoutTrace} ${withoutTrace === 1 ? 'call' : 'calls'} without a trace`,
    `suppressed denials: ${suppressed}`,
    ...Object.entries(unreadable).map(([problem, count]) => `${count} × ${problem}`),
    ...(isCapped ? ['older entries: the limit was reached'] : []),
  ]
  return paragraph('', `Not known: ${parts.join('; ')}`, { indent: 0, hang: 0 }).join('\n')
}

function spanOf({ first, last }: RefusalGroup, isOneDay: boolean): string {
  if (first === 0) return 'no time'
  const [begin, end] = [first, last].map((at) => `${isOneDay ? '' : `${day(at)} `}${time(at)}`)
  return begin === end ? String(begin) : `${begin}–${end}`
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 16)
}
