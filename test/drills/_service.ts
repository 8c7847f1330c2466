import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createReceiver,
  type GoogleKeysOptions,
  googleKeys,
  type KeyEvent,
  problemDetails,
  type Receiver,
} from '@countersign/receiver'
import { createTestIssuer, type TestIssuer } from '@countersign/testing'
import { onTestFinished } from 'vitest'
import {
  answerKeys,
  type KeyServer,
  startKeyServer,
} from '../../packages/receiver/test/_key-server.ts'
import { audience, email } from './_names.ts'

/** What a service answered: `200`, or status and code. */
export interface Answer {
  outcome: string
  retryAfter: string | null
}

/** A service behind a receiver, its key endpoint, and the clock of both and of the callers. */
export interface Service {
  url: string
  clock: { time: number }
  keyServer: KeyServer
  receiver: Receiver
  events: KeyEvent[]
  /** How many requests came, refused ones too. */
  requests: number
  /** What the app behind the receiver does. Answers with the caller's email unless told. */
  app: (request: IncomingMessage, response: ServerResponse, email: string | undefined) => void
  /** Calls it over a socket. */
  call(token: string): Promise<Answer>
  /** An issuer with a key of its own, which nobody publishes yet. */
  issuer(kid: string): Promise<TestIssuer>
}

/** Starts a service whose key endpoint publishes nothing yet. */
export async function startService(options: GoogleKeysOptions = {}): Promise<Service> {
  const clock = { time: 1_700_000_000_000 }
  const now = () => clock.time
  const keyServer = await startKeyServer(answerKeys([]))
  const events: KeyEvent[] = []
  const onEvent = (event: KeyEvent) => void events.push(event)
  const keys = googleKeys({ url: keyServer.url, now, onEvent, ...options })
  const receiver = createReceiver({ allow: [email], audience, keys, log: false, now })
  const url = await listening(async (request, response) => {
    service.requests += 1
    const decision = await receiver.check(request)
    if (decision.allowed) return service.app(request, response, decision.caller?.email)
    const { status, headers } = decision.denial
    response.writeHead(status, headers).end(JSON.stringify(problemDetails(decision.denial)))
  })
  const service: Service = {
    url,
    clock,
    keyServer,
    receiver,
    events,
    requests: 0,
    app: (_request, response, caller) => response.end(caller),
    call: (token) => call(url, token),
    issuer: (kid) => createTestIssuer({ now, signingKey: { kid, privateKey: privateKey() } }),
  }
  return service
}

function privateKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

/** Serves on a free port of loopback until the test ends. */
export async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Calls a service with a token. */
export async function call(url: string, token: string): Promise<Answer> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  const code = response.headers.get('countersign-code')
  return {
    outcome: code === null ? `${response.status}` : `${response.status} ${code}`,
    retryAfter: response.headers.get('retry-after'),
  }
}

/** The published keys of issuers. */
export function published(...issuers: readonly TestIssuer[]): object[] {
  return issuers.flatMap((issuer) => issuer.jwks().keys)
}
