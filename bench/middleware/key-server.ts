import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { certificatesOf } from '../tokens/certificates.ts'
import type { Issuer } from '../tokens/issuer.ts'

/** Google's two key endpoints, on loopback. */
export interface KeyServer {
  keysUrl: string
  certificatesUrl: string
  close(): void
}

/** Starts it on a free port. */
export async function keyServer(issuer: Issuer): Promise<KeyServer> {
  const bodies: Readonly<Record<string, string>> = {
    '/oauth2/v3/certs': JSON.stringify(issuer.jwks),
    '/oauth2/v1/certs': JSON.stringify(certificatesOf(issuer)),
  }
  const server = createServer((req, res) => {
    res.setHeader('cache-control', 'max-age=21600')
    res.setHeader('content-type', 'application/json')
    res.end(bodies[req.url ?? ''])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    keysUrl: `${url}/oauth2/v3/certs`,
    certificatesUrl: `${url}/oauth2/v1/certs`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
