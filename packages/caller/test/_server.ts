import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A real server on a free loopback port, which remembers what it was asked. */
export interface TestServer extends AsyncDisposable {
  url: string
  host: string
  requests: Seen[]
}

/** A request as it arrived. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** Starts a server; `await using` closes it with the test. */
export async function startServer(
  answer: (seen: Seen, ...rest: Parameters<RequestListener>) => void,
  port = 0,
  address = '127.0.0.1',
): Promise<TestServer> {
  const requests: Seen[] = []
  const server = createServer(async (request, response) => {
    const seen = await see(request)
    requests.push(seen)
    answer(seen, request, response)
  })
  const name = address.includes(':') ? `[${address}]` : address
  const host = `${name}:${await listen(server, port, address)}`
  return { url: `http://${host}`, host, requests, [Symbol.asyncDispose]: () => close(server) }
}

/** The same, for a server that answers before it has read all. */
export async function startStreams(
  answer: RequestListener,
): Promise<Pick<TestServer, 'url' | typeof Symbol.asyncDispose>> {
  const server = createServer(answer)
  const url = `http://127.0.0.1:${await listen(server)}`
  return { url, [Symbol.asyncDispose]: () => close(server) }
}

/** A server that answers with the body it was sent. */
export function startEcho(): Promise<TestServer> {
  return startServer((seen, _request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.end(seen.body)
  })
}

async function see(request: IncomingMessage): Promise<Seen> {
  const { method = '', url = '', headers } = request
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return { method, url, headers, body }
}

function listen(server: Server, port = 0, address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** A loopback address where nobody answers: no port that is handed out, and none that `fetch` refuses. */
export const closedPort = '127.0.0.1:2'
