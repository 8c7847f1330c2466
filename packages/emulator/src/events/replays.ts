import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'

/** The number of calls that can be replayed: the newest. */
const maxCalls = 500

/** The data to replay a call. */
export interface KeptCall {
  /** The service that was called. */
  receiver: string
  method: string
  /** As it was sent, with its secrets: it is never part of an event. */
  target: string
  rawHeaders: readonly string[]
  headers: IncomingHttpHeaders
  seen: readonly KeptToken[]
  /** Undefined for WebSockets. */
  body: KeptBody | undefined
}

/** A bearer token of a kept call. */
export interface KeptToken {
  header: string
  token: string
  /** Undefined if it is not a JWT. */
  claims: JWTPayload | undefined
  verification: { isIssuedHere: boolean }
}

/** The parts of a call at a front door that are kept. */
interface EndedCall {
  request: IncomingMessage
  receiver: { name: string }
  seen: readonly KeptToken[]
  /** Undefined for WebSockets. */
  body?: KeptBody
}

/** Calls that can be replayed, and running replays. */
export interface Replays {
  keep(id: number, call: EndedCall): void
  /** The call with this event id, if it is still kept. */
  find(id: number): KeptCall | undefined
  /**
   * Expects calls of the emulator itself from a port of this machine: replays and pushes. Returns a
   * function that ends this.
   */
  expect(port: number, call: ExpectedCall): () => void
  /** The expected call that a request is, if any. */
  expected(request: IncomingMessage): ExpectedCall | undefined
}

/** A call that the emulator itself makes. */
interface ExpectedCall {
  /** The id of the original call's event, if it is a replay. */
  replayOf?: number
  /** Called with the id of this call's event. */
  onEvent: (id: number) => void
}

/** Keeps the newest 500 calls, with bodies of at most 16 KB. */
export function createReplays(): Replays {
  const calls = new Map<number, KeptCall>()
  const ports = new Map<number, ExpectedCall>()
  return {
    keep: (id, call) => {
      calls.set(id, keptCall(call))
      const [oldest] = calls.keys()
      if (oldest !== undefined && calls.size > maxCalls) calls.delete(oldest)
    },
    find: (id) => calls.get(id),
    expect: (port, call) => {
      ports.set(port, call)
      return () => ports.delete(port)
    },
    expected: ({ socket }) => ports.get(socket.remotePort ?? 0),
  }
}

/** Copies the data, since the call itself would keep its socket in memory. */
function keptCall({ request, receiver, seen, body }: EndedCall): KeptCall {
  const { method = 'GET', url: target = '/', rawHeaders, headers } = request
  return { receiver: receiver.name, method, target, rawHeaders, headers, seen, body }
}

const maxBytes = 16 * 1024

/** A request's body, as read so far. */
export interface KeptBody {
  /** Undefined if it is not complete yet, or too large to be kept. */
  whole(): Buffer | undefined
}

/**
 * Keeps a small body while another reader consumes it.
 *
 * @param request the request; its body starts to flow
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
