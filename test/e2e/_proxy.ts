import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A forward proxy on loopback, which notes where it was asked to go. */
export interface Proxy {
  url: string
  /** Hosts with their ports. */
  asked: string[]
}

/** Starts one that tunnels (RFC 9110 section 9.3.6), and forwards requests with an absolute URL. */
export async function startProxy(): Promise<Proxy> {
  const asked: string[] = []
  const server = createServer((incoming, response) => {
    const { url = '', method, headers } = incoming
    asked.push(new URL(url).host)
    const onward = request(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  server.on('connect', ({ url = '' }, socket: Socket) => {
    asked.push(url)
    const [host, port] = url.split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) end.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
