import type { IncomingMessage } from 'node:http'
import { connection, endToEndHeaders, framing } from '@countersign/shared/exchange/end-to-end'
import { isOwnHost } from '../http/hosts.ts'
import { missingTraceHeaders } from '../http/trace.ts'

/** Set by Cloud Run, whatever the caller sent. */
const replaced: readonly string[] = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'forwarded']

/**
 * The headers that the container gets: the caller's, in their order and with repeats, but for what
 * belongs to the connection; the signature gone from `X-Serverless-Authorization`, and
 * `Authorization` untouched.
 *
 * `Host` and the scheme are what they would be in production, `https` and the service's own name.
 *
 * @param service the host of its URL, and names of this emulator beside this machine's
 * @returns names and values, alternating
 */
export function headersForApp(
  request: IncomingMessage,
  { host, ownNames }: { host: string; ownNames: ReadonlySet<string> },
): string[] {
  const { headers, rawHeaders } = request
  const from = request.socket.remoteAddress ?? ''
  const before = headers['x-forwarded-for']
  return [
    'Host',
    isOwnHost(headers.host, ownNames) ? host : (headers.host ?? host),
    ...endToEndHeaders(rawHeaders, replaced).map(stripped),
    'X-Forwarded-For',
    before === undefined ? from : `${String(before)},${from}`,
    'X-Forwarded-Proto',
    'https',
    'Forwarded',
    `for="${from}";proto=https`,
    ...missingTraceHeaders(headers),
    ...framing(request),
    ...connection(request),
  ]
}

function stripped(value: string, index: number, all: readonly string[]): string {
  const name = index % 2 === 1 ? all[index - 1] : undefined
  return name?.toLowerCase() === 'x-serverless-authorization' ? withoutSignature(value) : value
}

/** What Google writes over the signature: 27 characters, and no proof of anything. */
const removed = 'SIGNATURE_REMOVED_BY_GOOGLE'

/**
 * The value of `X-Serverless-Authorization` as the container gets it: the token without its
 * signature, so that the service can't send it on. On public services too, where nobody has looked
 * at it. What isn't a JWT stays as it is.
 */
export function withoutSignature(value: string): string {
  const segments = value.split('.')
  return segments.length === 3 ? [...segments.slice(0, 2), removed].join('.') : value
}
