import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that lets nothing through and notes who was asked for. */
export interface Fence extends AsyncDisposable {
  readonly url: string
  /** Hosts, without ports, in the order they were asked for. */
  readonly hosts: readonly string[]
}

/**
 * Stands between a client and the Internet, so that none reaches Google, and what it would have
 * asked there is seen.
 */
export async function startFence(): Promise<Fence> {
  const hosts: string[] = []
  const server = createServer(({ url = '' }, response) => {
    hosts.push(URL.canParse(url) ? new URL(url).hostname : url)
    response.writeHead(403).end()
  })
  server.on('connect', ({ url = '' }, socket) => {
    hosts.push(url.replace(/:\d+$/, ''))
    socket.on('error', () => {}) // a client may be gone before it is refused
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hosts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What sends all but loopback through a fence, in the environment of each client. */
export function behind({ url }: Fence): Record<string, string> {
  const { hostname, port } = new URL(url)
  const direct = '127.0.0.1,localhost,metadata.google.internal'
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NO_PROXY: direct,
    http_proxy: url,
    https_proxy: url,
    no_proxy: direct,
    JAVA_TOOL_OPTIONS: `-Dhttps.proxyHost=${hostname} -Dhttps.proxyPort=${port}`,
  }
}
