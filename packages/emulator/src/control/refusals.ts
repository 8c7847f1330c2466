import type { EventLog } from '../events/event-log.ts'
import { withoutSecrets } from '../events/redact.ts'
import type { RefusalReported } from '../events.ts'
import type { Reply, Route } from '../http/route.ts'
import { byJsonBody, sameSite } from './same-site.ts'

const maxNameLength = 200
const maxPathLength = 2_000

const recorded: Reply = { status: 204, body: '' }

/** A token of RFC 9110, section 5.6.2. */
const methodForm = /^[\w!#$%&'*+.^`|~-]{1,50}$/

/** A report, as its sender wrote it. */
type Report = Partial<Record<keyof RefusalReported, unknown>>

/**
 * `POST /emulator/v1/refusals`: `serviceFetch` in a service reports a call that it refused. The
 * emulator never sees such a call, so its page would show only what followed from it.
 *
 * Names that the policy does not have are accepted: the service may have other targets. Every text
 * is redacted and truncated, since any process on this machine can send one.
 *
 * @param now milliseconds since the epoch
 */
export function refusalsRoute(log: EventLog, now: () => number): Route {
  return {
    method: 'POST',
    path: '/emulator/v1/refusals',
    endpoint: 'control',
    handle: sameSite((request) =>
      byJsonBody<Report>(request, async (report) => {
        log.add<RefusalReported>({ type: 'refusal', at: now(), ...checkedReport(report) })
        return recorded
      }),
    ),
  }
}

function checkedReport(report: Report): Omit<RefusalReported, 'id' | 'type' | 'at'> {
  const { service, method, target, path, code } = report
  return {
    ...(service !== undefined && { service: name('service', service) }),
    method: matching('method', method, { pattern: methodForm, example: 'GET' }),
    ...(target !== undefined && { target: name('target', target) }),
    path: withoutSecrets(pathOf(path), maxPathLength),
    code: matching('code', code, { pattern: /^[a-z_]{1,50}$/, example: 'target_not_allowed' }),
  }
}

function name(field: string, value: unknown): string {
  if (typeof value === 'string') return withoutSecrets(value, maxNameLength)
  throw new TypeError(`${field} must be a text: write a name such as "login", or leave it out`)
}

function matching(
  field: string,
  value: unknown,
  { pattern, example }: { pattern: RegExp; example: string },
): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new TypeError(`${field} must match ${pattern.source}: write one such as "${example}"`)
}

/** A query can hold secrets of any name, so it is never kept. */
function pathOf(value: unknown): string {
  const isPath = typeof value === 'string' && value.startsWith('/')
  if (isPath) return value.split(/[?#]/, 1).join()
  throw new TypeError('path must be a path without a query: write one such as "/profiles/7"')
}
