import { json } from '../http/replies.ts'
import type { Call, Handler, Reply } from '../http/serve.ts'

/**
 * A handler that web pages of other sites can't set off (CSRF): they can't send this content type
 * without asking first, which nobody here answers, and browsers say where they come from.
 *
 * @param handle what it is to do
 */
export function sameSite(handle: Handler): Handler {
  return (call, parameters) => refuseCrossSite(call) ?? handle(call, parameters)
}

function refuseCrossSite({ headers }: Call): Reply | undefined {
  const site = headers['sec-fetch-site']
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${headers.host}`
  const isJson = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')
  if (isOwnSite && isOwnOrigin && isJson) return undefined
  const wrong = isJson ? 'This is for pages of the emulator alone.' : 'Send application/json.'
  return json(403, { error: wrong })
}
