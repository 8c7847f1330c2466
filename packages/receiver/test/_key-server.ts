import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A key endpoint whose answers a test chooses, and which counts how often it is asked. */
export interface KeyServer {
  url: string
  requests: number
  /** What it answers from now on. */
  answer: (response: ServerResponse) => void
}

export async function startKeyServer(answer: KeyServer['answer']): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    keyServer.requests += 1
    keyServer.answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const keyServer = { url: `http://127.0.0.1:${port}/certs`, requests: 0, answer }
  return keyServer
}

/** Answers with a key set, fresh for an hour unless told. */
export function answerKeys(
  keys: readonly object[],
  headers: Record<string, string> = { 'cache-control': 'max-age=3600' },
): KeyServer['answer'] {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ keys }))
  }
}

/** Answers with a status and a text. */
export function answerText(status: number, text = ''): KeyServer['answer'] {
  return (response) => response.writeHead(status).end(text)
}

/** A public RSA key as a JWK. */
export function publicJwk(
  kid: string,
  options: { modulusLength?: number; publicExponent?: number } = {},
): JsonWebKey & { kid: string } {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, ...options })
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
}
