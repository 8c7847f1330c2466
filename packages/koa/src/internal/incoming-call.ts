import type { IncomingCall } from '@countersign/receiver'
import type { Context } from 'koa'

/**
 * The request with the whole path that it came with: koa-mount rewrites `url` for what it mounts,
 * and Express does for a Koa app inside it, leaving the whole one in `originalUrl`.
 */
export function incomingCall({
  req,
  originalUrl,
}: Pick<Context, 'req' | 'originalUrl'>): IncomingCall {
  const { method, url, headers, rawHeaders } = req
  const outer = (req as { originalUrl?: string }).originalUrl
  if (outer === undefined && url === originalUrl) return req
  return { method, url, originalUrl: outer ?? originalUrl, headers, rawHeaders }
}
