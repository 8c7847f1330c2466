import { EventEmitter, on, once } from 'node:events'
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { SignCallsOptions } from '@countersign/express'
import { createTestIssuer } from '@countersign/testing'
import type { Answering, CallingHandler } from '../adapter.ts'
import { listen } from '../listen.ts'

const login = 'login@acme.iam.gserviceaccount.com'
const issuer = await createTestIssuer()

/** A call that reached a service. */
interface Received {
  request: IncomingMessage
  response: ServerResponse
  /** What became of it: `given up` where its connection was closed before it was answered. */
  end: Promise<'answered' | 'given up'>
}

/** A service that answers nothing by itself. */
export interface Downstream {
  url: string
  /** The next call that came, or will come. */
  next(): Promise<Received>
  /** What came: the methods. */
  methods: readonly string[]
}

/** Starts a service whose answers are the test's. */
export async function startDownstream(): Promise<Downstream> {
  const methods: string[] = []
  const arrivals = new EventEmitter()
  const calls = on(arrivals, 'call')
  const url = await listen((request, response) => {
    methods.push(String(request.method))
    arrivals.emit('call', { request, response, end: endOf(response) } satisfies Received)
  })
  return { url, methods, next: async () => (await calls.next()).value[0] }
}

async function endOf(response: ServerResponse): Promise<'answered' | 'given up'> {
  await once(response, 'close')
  return response.writableFinished ? 'answered' : 'given up'
}

/** Starts a service that answers `answered`, and keeps what came to it. */
export async function startAnswering(): Promise<{ url: string; received: IncomingMessage[] }> {
  const received: IncomingMessage[] = []
  const url = await listen((request, response) => {
    received.push(request)
    response.end('answered')
  })
  return { url, received }
}

/** Options that let an app call the one service, which is also known as `downstream`. */
export function optionsFor(
  { url }: { url: string },
  more: Partial<SignCallsOptions> = {},
): SignCallsOptions {
  return { targets: [{ name: 'downstream', url }], identity: { idToken }, ...more }
}

/** A token of the app's own. */
export function idToken(audience: string): Promise<string> {
  return issuer.idToken({ email: login, audience })
}

/** Calls on a connection of its own, that stays open until somebody closes it. */
export function startClient(url: string, options: RequestOptions = {}): ClientRequest {
  const client = request(url, { agent: new Agent({ keepAlive: true }), ...options })
  client.on('error', () => {}) // whoever leaves is told that nobody answered
  return client
}

/** Closes the client's connection, and waits until the app has noticed. */
export async function leave(
  client: ClientRequest,
  { request: { socket } }: Answering,
): Promise<void> {
  const noticed = closed(socket)
  client.socket?.destroy()
  await noticed
}

/** Waits for a connection's end; one whose request broke off ends with an error, which is no matter. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    if (socket.closed) resolve(socket)
    else socket.once('close', resolve)
  })
}

/** A handler that is called once, what it is called with, and what becomes of it. */
export function watch(work: CallingHandler) {
  const started = Promise.withResolvers<Answering>()
  const outcome = Promise.withResolvers<string>()
  outcome.promise.catch(() => {}) // it may fail before the test asks
  const handler: CallingHandler = (answering) => {
    const ended = work(answering)
    started.resolve(answering)
    outcome.resolve(ended)
    return ended
  }
  return { handler, started: started.promise, outcome: outcome.promise }
}

/** The text of an answer that is still to come. */
export async function textOf(answer: Promise<Response>): Promise<string> {
  return (await answer).text()
}
