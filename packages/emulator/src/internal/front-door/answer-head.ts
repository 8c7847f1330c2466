import type { IncomingMessage, ServerResponse } from 'node:http'

/** What Node writes into a head (RFC 9110 section 5.5). It reads more than that. */
const writable = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Whether an app's answer can be sent on: Node reads heads that it refuses to write, and throws. Cloud
 * Run takes such an answer for none at all.
 *
 * @param answer its head
 */
export function isSendable({ statusCode = 0, rawHeaders }: IncomingMessage): boolean {
  return statusCode >= 100 && rawHeaders.every((text) => writable.test(text))
}

/**
 * Sends the head of an app's answer on. A reason that can't be written is left out: HTTP/2, which
 * Cloud Run speaks, has none.
 *
 * @param answer what the app has answered
 * @param response where to
 * @param headers names and values, alternating
 */
export function sendHead(
  { statusCode = 0, statusMessage = '' }: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
): void {
  const reason = writable.test(statusMessage) ? statusMessage : ''
  response.writeHead(statusCode, reason, [...headers])
}
