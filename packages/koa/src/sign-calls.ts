import './caller.ts'
import {
  assertRequestFetchOptions,
  createServiceFetch,
  type RequestFetchOptions,
  requestFetch,
  type ServiceFetch,
  type ServiceFetchOptions,
} from '@countersign/caller'
import type { Middleware } from 'koa'

/** What `signCalls` takes: the targets, and what becomes of a call when the client goes away. */
export interface SignCallsOptions extends ServiceFetchOptions, RequestFetchOptions {}

/** The middleware, with what stands behind it at hand. */
export type SignCallsHandler = Middleware & {
  /** For calls outside of a request, a start-up probe (`ready()`) and a health page (`health()`). */
  serviceFetch: ServiceFetch
}

/**
 * Gives each request `ctx.state.serviceFetch`: a `fetch` that attaches this service's ID token, calls only
 * listed targets, carries the request's trace context on, and never its credentials. All requests
 * share one cache of tokens.
 *
 * @param options which services may be called
 * @throws TypeError where an option is wrong, `targets` is empty, or `COUNTERSIGN_EMULATOR` is set in
 *   production
 *
 * @example
 * ```ts
 * app.use(signCalls({ targets: [{ name: 'user-profiles', url: 'https://user-profiles-123.us-central1.run.app' }] }))
 * app.use(async (ctx) => {
 *   const profile = await ctx.state.serviceFetch.to('user-profiles')('/profiles/7')
 *   ctx.body = await profile.json()
 * })
 * ```
 */
export function signCalls(options: SignCallsOptions): SignCallsHandler {
  const { abortOnDisconnect = 'safe-methods', ...serviceFetchOptions } = options
  assertRequestFetchOptions({ abortOnDisconnect })
  const serviceFetch = createServiceFetch(serviceFetchOptions)

  const middleware: Middleware = function signCalls(ctx, next) {
    ctx.state.serviceFetch = requestFetch(
      serviceFetch,
      { request: ctx.req, response: ctx.res },
      { abortOnDisconnect },
    )
    return next()
  }
  return Object.assign(middleware, { serviceFetch })
}
