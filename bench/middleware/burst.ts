import { connect, type Socket } from 'node:net'

/** What to send where, for how long. */
export interface BurstOrder {
  port: number
  /** The whole request, as it goes over the wire. */
  request: string
  connections: number
  milliseconds: number
}

/** What came back. */
export interface BurstResult {
  answered: number
  seconds: number
}

/**
 * Sends one request after another on each connection. Bare sockets, so that the client takes as
 * little as it can of a machine that it shares with the server.
 */
export async function burst(order: BurstOrder): Promise<BurstResult> {
  const request = Buffer.from(order.request, 'latin1')
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => connected(order.port)),
  )
  const start = performance.now()
  const deadline = start + order.milliseconds
  const counts = await Promise.all(sockets.map((socket) => askUntil(deadline, socket, request)))
  const seconds = (performance.now() - start) / 1000
  for (const socket of sockets) socket.destroy()
  return { answered: counts.reduce((sum, count) => sum + count, 0), seconds }
}

function connected(port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
  socket.once('error', reject)
  return promise
}

/** Answers are small and come in one piece; whatever isn't a whole 200 ends the bench. */
function askUntil(deadline: number, socket: Socket, request: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let count = 0
  socket.on('data', (chunk) => {
    const answer = chunk.toString('latin1')
    if (!isWhole200(answer)) {
      reject(new Error(`not a whole 200: ${answer.slice(0, 200)}`))
      return
    }
    count += 1
    if (performance.now() < deadline) socket.write(request)
    else resolve(count)
  })
  socket.once('close', () => reject(new Error('the server hung up')))
  socket.write(request)
  return promise
}

function isWhole200(answer: string): boolean {
  return answer.startsWith('HTTP/1.1 200 ') && answer.endsWith('}')
}
