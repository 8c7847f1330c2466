import type { About, Reply } from './route.ts'

/**
 * A JSON answer, as Google's APIs write it.
 *
 * @param status the HTTP status
 * @param value what the body holds
 * @param about what the logs are to know of it
 */
export function json(status: number, value: unknown, about: About = {}): Reply {
  const headers = { 'content-type': 'application/json; charset=UTF-8' }
  return { status, headers, body: `${JSON.stringify(value, null, 2)}\n`, about }
}

/**
 * An answer in plain text.
 *
 * @param status the HTTP status
 * @param body the text
 */
export function text(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body }
}
