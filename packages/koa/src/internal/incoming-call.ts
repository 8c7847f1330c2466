import type { IncomingMessage } from 'node:http'
import type { IncomingCall } from '@countersign/receiver'
import type { Context } from 'koa'

/** What others leave on a context and its request. */
interface Traces {
  /** The prefix that koa-mount took off the path. */
  mountPath?: string
  /** The path that @koa/router takes for the request's own. */
  newRouterPath?: string
  /** The same up to @koa/router 12; once a router has matched, its pattern. */
  routerPath?: string
  /** There once a router has matched. */
  router?: unknown
  req: IncomingMessage & { originalUrl?: string; baseUrl?: string }
}

/**
 * The request with the whole path that it came with, and what the app makes of it: koa-mount rewrites
 * `url` for what it mounts, and Express does for a Koa app inside it, leaving the whole one in
 * `originalUrl`. Other middleware may rewrite it too, and then no rule for a path counts.
 */
export function incomingCall(ctx: Pick<Context, 'req' | 'originalUrl'>): IncomingCall {
  const { req, originalUrl, mountPath = '' } = ctx as Traces & { originalUrl: string }
  const routed = routedPath(ctx as Traces)
  const isWhole = req.url === originalUrl && routed === undefined
  if (isWhole && req.originalUrl === undefined) return req
  const { method, url, headers, rawHeaders } = req
  // koa-mount leaves its prefix on the context, also when the mounted app has passed the call on.
  const mounted = url === originalUrl ? '' : mountPath
  return {
    method,
    url: routed ?? url,
    originalUrl: req.originalUrl ?? originalUrl,
    baseUrl: `${req.baseUrl ?? ''}${mounted}`,
    headers,
    rawHeaders,
  }
}

/** The path that a router behind the check will go by, if it isn't the request's. */
function routedPath({ newRouterPath, routerPath, router }: Traces): string | undefined {
  return newRouterPath ?? (router === undefined ? routerPath : undefined)
}
