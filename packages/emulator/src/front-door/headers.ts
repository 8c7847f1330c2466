import type { IncomingMessage } from 'node:http'
import { connection, endToEndHeaders, framing } from '@countersign/shared/exchange/end-to-end'
import { isOwnHost } from '../http/hosts.ts'
import { missingTraceHeaders } from '../http/trace.ts'

/** Set by Cloud Run, whatever the caller sent. */
const replaced: readonly string[] = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'forwarded']

/**
 * The headers for the container: the caller's, in their order and with repeats, without those of
 * the connection. The signature in `X-Serverless-Authorization` is removed; `Authorization` is
 * unchanged.
 *
 * `Host` and the scheme are as in production: the service's own name, and `https`.
 *
 * @param service the host of its URL, and the names of this emulator in addition to this machine's
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

/** Google's replacement of the signature: 27 characters that prove nothing. */
const removed = 'SIGNATURE_REMOVED_BY_GOOGLE'

/**
 * The value of `X-Serverless-Authorization` for the container: the token without its signature, so
 * that the service can't use it for another call. That applies to public services too, where the
 * token is not verified. A value that is not a JWT is unchanged.
 */
export function withoutSignature(value: string): string {
  const segments = value.split('.')
  return segments.length === 3 ? [...segments.slice(0, 2), removed].join('.') : value
}
