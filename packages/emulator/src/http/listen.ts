import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { hostOfAddress } from './hosts.ts'

/** A server that listens. */
export interface Listening {
  port: number
  /** `http://HOSTNAME:PORT` */
  url: string
  /** The URL with the IP address, so that no name has to be resolved. */
  localUrl: string
  /** Ends every connection. Resolves once the port is free again. */
  close(): Promise<void>
}

/** Where a server listens. */
export interface Address {
  /** The IP address. */
  host: string
  /** The host name in its URL. */
  hostname: string
}

const loopback: Address = { host: '127.0.0.1', hostname: '127.0.0.1' }

/**
 * Starts to listen.
 *
 * @param port 0 for any free one
 * @param address by default loopback
 */
export async function listen(
  server: Server,
  port = 0,
  { host, hostname }: Address = loopback,
): Promise<Listening> {
  const sockets = openSockets(server)
  server.listen(port, host)
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    port: actual,
    url: `http://${hostname}:${actual}`,
    localUrl: `http://${hostOfAddress(host)}:${actual}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** `server.closeAllConnections` does not include sockets that were upgraded to WebSockets. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Ports that were free a moment ago, and stay taken until released. */
export interface ReservedPorts {
  ports: readonly number[]
  release(): Promise<void>
}

/**
 * Finds free ports for apps that will listen later. They are held at the same time, so that they
 * differ from each other and from those of servers that start meanwhile.
 */
export async function reservePorts(count: number): Promise<ReservedPorts> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(createServer())))
  return {
    ports: held.map(({ port }) => port),
    release: async () => {
      await Promise.all(held.map((server) => server.close()))
    },
  }
}
