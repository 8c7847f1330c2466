import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { isWebSocket } from './end-to-end.ts'

/** One request, and the response to write to. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

/** As much as Google's load balancers take of a response; Node's own limit is 16 KiB. */
export const maxHeaderSize: number = 128 * 1024

/**
 * A server for what passes requests on. It leaves to whom they go what Node's own would decide: how
 * long an upload takes, whether `Expect: 100-continue` is granted, whether a WebSocket is opened.
 *
 * @param handle answers a request, the upgrade to a WebSocket like any other
 */
export function createPassingServer(handle: (exchange: Exchange) => void): Server {
  // Node 22.21 and 24.9 on read it; older ones take each request with an Upgrade header for one.
  const options: ServerOptions & { shouldUpgradeCallback: typeof isWebSocket } = {
    shouldUpgradeCallback: isWebSocket,
    maxHeaderSize,
    requestTimeout: 0,
    // Clients keep connections for longer than Node's five seconds (Go 90 s), and one that is closed
    // as they send a POST can't be tried again. Google's load balancers keep theirs for 610 s.
    keepAliveTimeout: 610_000,
  }
  // A client can stop sending once its request is complete, and read on (RFC 9293 section 3.6).
  const server = Object.assign(createServer(options), { httpAllowHalfOpen: true })
  // Beyond 2,000 Node drops headers without a word.
  server.maxHeadersCount = 0
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => handle({ request, response }))
  }
  server.on('upgrade', (request, socket, head) => {
    const response = responseOn(socket, { request, head })
    if (response) handle({ request, response })
  })
  return server
}

/** A response to write to as to any other, on a socket that Node has let go of. */
function responseOn(
  socket: Duplex,
  { request, head }: { request: IncomingMessage; head: Buffer },
): ServerResponse | undefined {
  socket.on('error', () => socket.destroy())
  // Pipelined behind a request that isn't answered yet: the socket is still that one's.
  if ('_httpMessage' in socket && socket._httpMessage) return void socket.destroy()
  if (head.length > 0) socket.unshift(head)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(request.socket)
  response.on('finish', () => socket.end())
  return response
}
