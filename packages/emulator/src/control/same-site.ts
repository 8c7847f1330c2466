import { isTypeError } from '@countersign/shared/errors'
import { jsonObject } from '../http/body.ts'
import { type Handler, json, type Reply, type RoutedRequest } from '../http/route.ts'

/**
 * A handler that web pages of other sites can't set off (CSRF): they can't send this content type
 * without asking first, which nobody here answers, and browsers say where they come from.
 */
export function sameSite(handle: Handler): Handler {
  return (request, parameters) => refuseCrossSite(request) ?? handle(request, parameters)
}

/**
 * A handler whose answer web pages of other sites can't read, those of other ports of this machine
 * included. The browser keeps such answers from them anyway, for want of CORS headers; that it says
 * where it comes from spares us to rely on that alone.
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

/** Answers a request by its JSON body; what is wrong with it is said in a 400. */
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
