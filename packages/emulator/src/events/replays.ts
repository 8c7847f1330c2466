import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'

/** So many calls can be made again, the newest. */
const maxCalls = 500

/** What it takes to make a call again. */
export interface KeptCall {
  /** The service that was called. */
  receiver: string
  method: string
  /** As it was sent, secrets and all: never in an event. */
  target: string
  rawHeaders: readonly string[]
  headers: IncomingHttpHeaders
  seen: readonly KeptToken[]
  /** Undefined for WebSockets. */
  body: KeptBody | undefined
}

/** A bearer token of such a call. */
export interface KeptToken {
  header: string
  token: string
  /** Undefined for what isn't a JWT. */
  claims: JWTPayload | undefined
  verification: { isIssuedHere: boolean }
}

/** A call at a front door, as far as it is kept. */
interface EndedCall {
  request: IncomingMessage
  receiver: { name: string }
  seen: readonly KeptToken[]
  /** Undefined for WebSockets. */
  body?: KeptBody
}

/** Calls that can be made again, and those that are. */
export interface Replays {
  keep(id: number, call: EndedCall): void
  /** The call of an event, if it is still kept. */
  find(id: number): KeptCall | undefined
  /** Says that the calls from a port of this machine repeat another one. Returns how to end that. */
  expect(port: number, replay: ExpectedReplay): () => void
  /** Which call this one repeats. */
  expected(request: IncomingMessage): ExpectedReplay | undefined
}

/** A call that is being made again. */
interface ExpectedReplay {
  /** The id of the event of the first one. */
  of: number
  /** Told the id of the event of the second one. */
  onEvent: (id: number) => void
}

/** Nothing kept at first. The newest 500 calls are, with bodies of at most 16 KB. */
export function createReplays(): Replays {
  const calls = new Map<number, KeptCall>()
  const ports = new Map<number, ExpectedReplay>()
  return {
    keep: (id, call) => {
      calls.set(id, keptCall(call))
      const [oldest] = calls.keys()
      if (oldest !== undefined && calls.size > maxCalls) calls.delete(oldest)
    },
    find: (id) => calls.get(id),
    expect: (port, replay) => {
      ports.set(port, replay)
      return () => ports.delete(port)
    },
    expected: ({ socket }) => ports.get(socket.remotePort ?? 0),
  }
}

/** Not the call itself: with it its socket would live on. */
function keptCall({ request, receiver, seen, body }: EndedCall): KeptCall {
  const { method = 'GET', url: target = '/', rawHeaders, headers } = request
  return { receiver: receiver.name, method, target, rawHeaders, headers, seen, body }
}

const maxBytes = 16 * 1024

/** A request's body, as far as it was read. */
export interface KeptBody {
  /** Undefined while it isn't complete, and where it is too large to be kept. */
  whole(): Buffer | undefined
}

/**
 * Keeps a small body beside whoever else reads it.
 *
 * @param request the request; its body begins to flow
 */
export function keepBody(request: IncomingMessage): KeptBody {
  const chunks: Buffer[] = []
  let bytes = 0
  let isComplete = false
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  })
  request.once('end', () => {
    isComplete = true
  })
  return { whole: () => (isComplete && bytes <= maxBytes ? Buffer.concat(chunks) : undefined) }
}
