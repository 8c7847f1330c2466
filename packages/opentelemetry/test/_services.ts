import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IdentitySource } from '@countersign/caller'
import { createReceiver, type Receiver, type ReceiverOptions } from '@countersign/receiver'
import { createTestIssuer, type TestIssuer } from '@countersign/testing'

export const audience = 'https://user-profiles-123.us-central1.run.app'
export const login = 'login@acme.iam.gserviceaccount.com'
export const stranger = 'mallory@evil.iam.gserviceaccount.com'

export const issuer: TestIssuer = await createTestIssuer()

/** Login's identity, or another's. Hands out a new token each time, and remembers it. */
export function identityOf(email = login): IdentitySource & { tokens: string[] } {
  const tokens: string[] = []
  return {
    tokens,
    async idToken(audience) {
      const claims = { number: tokens.length }
      const token = await issuer.idToken({ email, audience, claims })
      tokens.push(token)
      return token
    },
  }
}

/** A receiver that only login may call. */
export function receiverFor(options: Partial<ReceiverOptions> = {}): Receiver {
  return createReceiver({ allow: [login], audience, keys: issuer.keys, log: false, ...options })
}

/** A real server on a free loopback port, which remembers the headers it got. */
export interface TestServer extends AsyncDisposable {
  url: string
  seen: IncomingMessage['headers'][]
}

export async function startServer(answer: RequestListener): Promise<TestServer> {
  const seen: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    answer(request, response)
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  return { url, seen, [Symbol.asyncDispose]: () => close(server) }
}

/** A server behind a receiver. */
export function startService(receiver: Receiver): Promise<TestServer> {
  return startServer(async (request, response) => {
    const decision = await receiver.check(request)
    if (decision.allowed) return response.end('hello')
    const { status, headers } = decision.denial
    return response.writeHead(status, headers).end()
  })
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
