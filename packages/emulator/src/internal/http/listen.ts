import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Ends every connection. Resolves once the port is free again. */
  close(): Promise<void>
}

/**
 * Lets a server listen on loopback.
 *
 * @param server the server
 * @param port 0 for any free one
 */
export async function listen(server: Server, port = 0): Promise<Listening> {
  const sockets = openSockets(server)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** `server.closeAllConnections` knows nothing of sockets that were upgraded to WebSockets. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}
