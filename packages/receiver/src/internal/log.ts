import type { LogEntry } from '../events.ts'
import type { Environment } from './environment.ts'
import { headerText } from './push.ts'
import type { CallHeaders } from './token.ts'

const perSecond = 10

/**
 * Admits so many a second and counts the rest. A wrong allow-list behind Pub/Sub is refused for
 * seven days: it must be seen in the first minute, and must not fill the disk.
 */
export function rateLimit(now: () => number): { admit(): { suppressed: number } | undefined } {
  let second = 0
  let admitted = 0
  let suppressed = 0
  return {
    admit() {
      const current = Math.floor(now() / 1000)
      if (current !== second) {
        second = current
        admitted = 0
      }
      if (admitted === perSecond) {
        suppressed += 1
        return undefined
      }
      admitted += 1
      const before = suppressed
      suppressed = 0
      return { suppressed: before }
    },
  }
}

/** Writes an entry as Cloud Logging reads it: one line of JSON on stdout. */
export function writeLine(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`)
}

/**
 * The trace that a call belongs to, as Cloud Logging wants it.
 *
 * @see https://cloud.google.com/trace/docs/trace-log-integration
 */
export function traceOf({ headers }: CallHeaders, env: Environment): string | undefined {
  const parent = headerText(headers, 'traceparent')?.split('-')[1]
  const id = parent ?? headerText(headers, 'x-cloud-trace-context')?.split('/')[0]
  if (id === undefined || !/^[0-9a-f]{32}$/.test(id)) return undefined
  const project = env.GOOGLE_CLOUD_PROJECT
  return project ? `projects/${project}/traces/${id}` : id
}
