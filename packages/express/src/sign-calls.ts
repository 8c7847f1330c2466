import './caller.ts'
import {
  assertRequestFetchOptions,
  createServiceFetch,
  type RequestFetchOptions,
  requestFetch,
  type ServiceFetch,
  type ServiceFetchOptions,
} from '@countersign/caller'
import type { RequestHandler } from 'express'

/** The options of `signCalls`: the targets, and which calls are aborted if the client disconnects. */
export interface SignCallsOptions extends ServiceFetchOptions, RequestFetchOptions {}

/** The middleware, with the `fetch` that it uses. */
export interface SignCallsHandler extends RequestHandler {
  /** For calls outside a request, a start-up probe (`ready()`) and a health page (`health()`). */
  serviceFetch: ServiceFetch
}

/**
 * Gives each request `req.serviceFetch`: a `fetch` that attaches this service's ID token, calls only
 * listed targets, and passes on the request's trace context, but never its credentials. All requests
 * share one cache of tokens.
 *
 * @param options the services that may be called
 * @throws {TypeError} if an option is wrong, `targets` is empty, or `COUNTERSIGN_EMULATOR` is set in
 *   production
 *
 * @example
 * ```ts
 * app.use(signCalls({ targets: [{ name: 'user-profiles', url: 'https://user-profiles-123.us-central1.run.app' }] }))
 * app.get('/me', async (req, res) => {
 *   const profile = await req.serviceFetch.to('user-profiles')('/profiles/7')
 *   res.json(await profile.json())
 * })
 * ```
 */
export function signCalls(options: SignCallsOptions): SignCallsHandler {
  const { abortOnDisconnect = 'safe-methods', ...serviceFetchOptions } = options ?? {}
  assertRequestFetchOptions({ abortOnDisconnect })
  // Without options its error says what to write.
  const serviceFetch = createServiceFetch(
    options && Object.assign(serviceFetchOptions, { [ownOptions]: ['abortOnDisconnect'] }),
  )

  const handler: RequestHandler = function signCalls(req, res, next) {
    req.serviceFetch = requestFetch(
      serviceFetch,
      { request: req, response: res },
      { abortOnDisconnect },
    )
    next()
  }
  return Object.assign(handler, { serviceFetch })
}

/** An error that lists the options lists these, too. */
const ownOptions = Symbol.for('@countersign/ownOptions')
