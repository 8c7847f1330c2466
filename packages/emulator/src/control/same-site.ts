import { isTypeError } from '@countersign/shared/errors'
import { jsonObject } from '../http/body.ts'
import { type Handler, json, type Reply, type RoutedRequest } from '../http/route.ts'

/**
 * Protects a handler against requests from web pages of other sites (CSRF): they can't send this
 * content type without a preflight request, which the emulator never allows, and browsers send the
 * origin of the page.
 */
export function sameSite(handle: Handler): Handler {
  return (request, parameters) => refuseCrossSite(request) ?? handle(request, parameters)
}

/**
 * Protects the answer of a handler from web pages of other sites, including other ports of this
 * machine. Browsers hide such answers anyway, since they have no CORS headers; checking the origin
 * means that we don't rely on that alone.
 */
export function sameSiteRead(handle: Handler): Handler {
  return (request, parameters) =>
    isForeign(request) ? refusal(foreign) : handle(request, parameters)
}

function refuseCrossSite(request: RoutedRequest): Reply | undefined {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refusal('Content-Type must be application/json')
  }
  return isForeign(request) ? refusal(foreign) : undefined
}

const foreign = 'Only pages of the emulator can do this'

function isForeign({ headers }: RoutedRequest): boolean {
  const site = headers['sec-fetch-site']
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${headers.host}`
  return !isOwnSite || !isOwnOrigin
}

function refusal(error: string): Reply {
  return json(403, { error })
}

/** Answers a request with its JSON body; a TypeError becomes a 400 with its message. */
export async function byJsonBody<T>(
  request: RoutedRequest,
  answer: (body: T) => Promise<Reply>,
): Promise<Reply> {
  const body = jsonObject(await request.body())
  if (body === undefined) return json(400, { error: 'The body must be a JSON object' })
  try {
    return await answer(body as T)
  } catch (error) {
    if (isTypeError(error)) return json(400, { error: error.message })
    throw error
  }
}
