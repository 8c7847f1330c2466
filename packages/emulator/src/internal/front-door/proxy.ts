import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Duplex, pipeline } from 'node:stream'
import { isSendable, sendHead } from './answer-head.ts'
import { endToEndHeaders, isWebSocket } from './headers.ts'

/** Where a call goes, and whom to tell. */
export interface ProxyOptions {
  /** The app's http origin. */
  readonly target: URL
  /** Names and values, alternating. */
  readonly headers: readonly string[]
  /** Told the app's answer before it is sent on. */
  readonly onAnswer: (answer: IncomingMessage) => void
  /** Told where the app can't be reached, hangs up before it answers, or answers no proper HTTP. */
  readonly onUnreachable: () => void
  /** Told where the caller hangs up before the app answers. */
  readonly onGone: () => void
}

/**
 * Hands a call to the app and the app's answer to the caller, both bodies as streams. Upgrades
 * (WebSockets) become a tunnel once the app agrees.
 *
 * A connection per call: the app may be restarted at any time, and a kept one would then fail.
 *
 * @param call the request, and the response to write to
 * @param options where it goes
 */
export function proxy(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { target, headers, onAnswer, onUnreachable, onGone }: ProxyOptions,
): void {
  const { method = 'GET', url: path = '/' } = request
  const upstream = httpRequest(target, { method, path, headers: [...headers], agent: false })
  const refuse = (app: Duplex): void => {
    onUnreachable()
    app.destroy()
  }
  upstream.on('response', (answer) => {
    if (!isSendable(answer)) return refuse(answer.socket)
    onAnswer(answer)
    sendHead(answer, response, endToEndHeaders(answer.rawHeaders))
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  upstream.on('upgrade', (answer, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isWebSocket(request) || !isSendable(answer)) return refuse(socket)
    onAnswer(answer)
    sendHead(answer, response, answer.rawHeaders)
    tunnel(response, { app: socket, head })
  })
  upstream.on('error', () => {
    if (response.headersSent) response.destroy()
    else if (response.closed) onGone()
    else onUnreachable()
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

/** From here on both sides speak WebSocket; when one is gone, so is the other. */
function tunnel(response: ServerResponse, { app, head }: { app: Duplex; head: Buffer }): void {
  const { socket: client } = response
  if (!client) return void app.destroy()
  response.flushHeaders()
  if (head.length > 0) app.unshift(head)
  pipeline(app, client, app, () => {
    app.destroy()
    client.destroy()
  })
}
