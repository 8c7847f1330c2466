import type { AnsweredRequest, RequestFetchOptions } from '../request-fetch.ts'
import { isSafe } from './methods.ts'

type Response = AnsweredRequest['response']

/**
 * Makes what says, for a call's method, which signal ends it when whoever is being answered goes away.
 * The response is listened to once for all calls, and only if one needs it.
 */
export function disconnectSignals(
  response: Response,
  abortOnDisconnect: NonNullable<RequestFetchOptions['abortOnDisconnect']>,
): (method: string) => AbortSignal | undefined {
  let signal: AbortSignal | undefined
  return (method) => {
    const isAborted =
      abortOnDisconnect === 'all' || (abortOnDisconnect === 'safe-methods' && isSafe(method))
    if (isAborted) signal ??= disconnectOf(response)
    return isAborted ? signal : undefined
  }
}

/** Aborts when the connection goes away before the answer was finished, and never afterwards. */
function disconnectOf(response: Response): AbortSignal {
  const controller = new AbortController()
  const leave = (): void => {
    if (!isAnswered(response)) controller.abort(clientWentAway())
  }
  // Whoever left before the first call left for good: there is no other 'close' to come.
  if (response.destroyed || isBrokenOff(response)) leave()
  else response.once('close', leave)
  return controller.signal
}

function isAnswered(response: Response): boolean {
  return response.writableFinished && !isBrokenOff(response)
}

/** An HTTP/2 stream that is reset finishes what its handler never ended. */
function isBrokenOff({ writableFinished, writableEnded = true }: Response): boolean {
  return writableFinished && !writableEnded
}

/** Named as what an aborted `fetch` throws, which handlers and their libraries tell by that. */
function clientWentAway(): DOMException {
  return new DOMException('the client went away', 'AbortError')
}
