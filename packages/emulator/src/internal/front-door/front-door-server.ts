import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { reportOwnFault } from '../http/own-fault.ts'
import { isWebSocket } from './headers.ts'

/** One request, and where to answer it. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * A server that takes a WebSocket's upgrade for a request like any other.
 *
 * @param handle answers a call; where it rejects, the connection ends
 */
export function createFrontDoorServer(handle: (call: Call) => Promise<void>): Server {
  // Node 22.21 and 24.9 on heed it; older ones take each request with an Upgrade header for one.
  const options: ServerOptions & { shouldUpgradeCallback: typeof isWebSocket } = {
    shouldUpgradeCallback: isWebSocket,
  }
  const answer = (call: Call): void => {
    handle(call).catch((error) => {
      const { request, response } = call
      if (!response.destroyed) reportOwnFault(`hand on ${request.method} ${pathOf(request)}`, error)
      response.destroy()
    })
  }
  const server = createServer(options, (request, response) => answer({ request, response }))
  server.on('upgrade', (request, socket, head) => {
    const response = responseOn(socket, { request, head })
    if (response) answer({ request, response })
  })
  return server
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1).join()
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
