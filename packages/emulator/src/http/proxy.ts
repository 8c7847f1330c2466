import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { isGoogleApi } from './hosts.ts'
import { type Reply, text } from './route.ts'
import { sendReply } from './server.ts'

/**
 * Answers requests to a proxy for Google's names itself, such as
 * `GET http://run.googleapis.com/v1/…`: gcloud adds the region to the host name of an endpoint, so
 * it can't be given this machine's address. Requests for other names are refused, and no connection
 * is ever opened.
 */
export function answerAsProxy(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { url: target = '/' } = request
    if (!/^[a-z][a-z\d+.-]*:\/\//i.test(target)) return listener(request, response)
    const path = pathAtGoogle(target, request)
    if (path === undefined) return sendReply(response, { ...refusal, headers: closing })
    request.url = path
    return listener(request, response)
  }
}

/** The path and query of a URL of Google's, sliced from the text: `new URL` would change them. */
function pathAtGoogle(target: string, { headers }: IncomingMessage): string | undefined {
  const [, authority = '', path = ''] = /^http:\/\/([^/?#]*)(\/[^#]*)?$/i.exec(target) ?? []
  const name = authority.replace(/:80$/, '').toLowerCase()
  const isSame = headers.host?.replace(/:80$/, '').toLowerCase() === name
  return isSame && isGoogleApi(name) ? path || '/' : undefined
}

const sentence =
  'The emulator is not a proxy: it answers plain http requests for names of googleapis.com itself, and opens no connection to others.\n'

const refusal: Reply = text(403, sentence)
const closing = { ...refusal.headers, connection: 'close' }

/** Refuses CONNECT, by which clients ask a proxy for a connection to another host. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, POST, PUT, DELETE\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(sentence)}\r\nConnection: close\r\n\r\n${sentence}`,
    )
  })
}
