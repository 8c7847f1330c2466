import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type InformationEvent,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { chunked, endToEndHeaders, isWebSocket } from './end-to-end.ts'
import { type Exchange, maxHeaderSize } from './passing-server.ts'

/** The destination of a request, and the functions that are called on its way. */
export interface PassOnOptions {
  /** The origin that the request goes to. */
  target: URL
  /** Path and query there. */
  path: string
  /** Names and values, alternating, `Host` and framing included. */
  headers: readonly string[]
  /**
   * @default a connection of its own
   */
  agent?: Agent
  /** Changes the end-to-end headers of the answer: names and values, alternating. */
  answerHeaders?: (headers: string[]) => string[]
  /** Called with the answer before it is sent on. */
  onAnswer?: (answer: IncomingMessage) => void
  /**
   * Called if there is no answer: the target can't be reached, hangs up, or sends something that is not HTTP.
   *
   * @param wasKept whether the connection was a kept one, which can have been closed before the
   * request came there
   */
  onUnreachable: (wasKept: boolean) => void
  /** Called if the client hangs up before there is an answer, or stops sending and gets none. */
  onGone?: () => void
}

/**
 * Passes a request on, and passes on what comes back: heads at once, bodies as streams in both
 * directions, trailers, informational answers, and as a tunnel what follows a WebSocket's upgrade.
 *
 * An answer can come before the body was read. The rest of the body is then read and thrown away, so
 * that the client starts reading.
 *
 * @param exchange the request, and the response to write to
 * @param options its destination
 */
export function passOn({ request, response }: Exchange, options: PassOnOptions): void {
  const { answerHeaders = (headers) => headers, onAnswer, onUnreachable, onGone } = options
  const upstream = open(request, options)
  const refuse = (socket: Duplex): void => {
    onUnreachable(false)
    socket.destroy()
  }
  let answered: IncomingMessage | undefined
  upstream.on('information', (head) => sendInformation(head, { request, response }))
  upstream.on('response', (answer) => {
    if (!isSendable(answer)) return refuse(answer.socket)
    answered = answer
    onAnswer?.(answer)
    sendHead(answer, response, answerHeaders(endToEndHeaders(answer.rawHeaders)))
    answer.on('error', () => breakOff(response))
    pass(answer, response, () => whenRead(request, response, () => response.end()))
  })
  upstream.on('upgrade', (answer, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isWebSocket(request) || !isSendable(answer)) return refuse(socket)
    answered = answer
    onAnswer?.(answer)
    writeRawHead(response, answer, answer.rawHeaders)
    tunnel(response, { far: socket, head })
  })
  upstream.on('error', ({ code }: NodeJS.ErrnoException) => {
    // After its answer's end the rest of the body can meet a closed connection.
    if (answered) return void (answered.complete || breakOff(response))
    const isLeft = request.socket.readableEnded && hangUps.has(String(code))
    if (!response.closed && !isLeft) return onUnreachable(upstream.reusedSocket)
    response.destroy()
    onGone?.()
  })
  upstream.on('close', () => request.unpipe(upstream).resume())
  response.on('close', () => response.writableFinished || upstream.destroy())
  request.on('close', () => request.complete || upstream.destroy())
  pass(request, upstream, () => upstream.end())
  passEnd({ request, response }, upstream)
}

/**
 * Passes on that a client has sent its last byte, after its request. Only the server can know whether that client
 * still waits: Node and Go take it for gone, others answer.
 */
function passEnd({ request, response }: Exchange, upstream: ClientRequest): void {
  const { socket } = request
  function end(): void {
    if (upstream.writableFinished) upstream.socket?.end()
    else upstream.once('finish', () => upstream.socket?.end())
  }
  if (socket.readableEnded) end()
  else socket.once('end', end)
  // A kept connection outlives this request, on both sides.
  response.once('close', () => socket.off('end', end))
}

/** A client of HTTP/1.0 takes the end of a connection for the end of the answer, unless it is reset. */
function breakOff(response: ServerResponse): void {
  if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy()
  else response.destroy()
}

function open(request: IncomingMessage, options: PassOnOptions): ClientRequest {
  const { target, path, headers, agent = false } = options
  const start = target.protocol === 'https:' ? httpsRequest : httpRequest
  const upstream = start(target, {
    method: request.method ?? 'GET',
    path,
    headers: [...headers],
    agent,
    maxHeaderSize,
    ...(target.hostname === 'localhost' && { lookup: bothLoopbacks }),
  })
  upstream.maxHeadersCount = 0
  upstream.once('socket', (socket) => upstream.reusedSocket || readOnAfterHangUp(socket))
  writeHeadOf(upstream)
  return upstream
}

/** Sends a head before its body, byte for byte: `flushHeaders` writes it as UTF-8, which Node reads as Latin-1. */
function writeHeadOf(message: ClientRequest | ServerResponse): void {
  message.write(nothing)
}

const nothing = Buffer.alloc(0)

/** A server at "localhost" listens on one of the two, and a resolver can know only the other. */
const bothLoopbacks: LookupFunction = (_hostname, { all }, found) => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]
  if (all) found(null, addresses)
  else found(null, '127.0.0.1', 4)
}

/**
 * A server that answers before it has read a body closes while the body is still being written. The
 * answer is there to be read, but Node destroys a socket at the first write that fails.
 */
function readOnAfterHangUp(socket: Socket): void {
  const { _write: write, _writev: writev } = socket
  type Done = Parameters<typeof write>[2]
  const patient = (done: Done): Done => {
    return (error) =>
      done(error && 'code' in error && hangUps.has(String(error.code)) ? null : error)
  }
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, patient(done))
  if (writev) socket._writev = (chunks, done) => writev.call(socket, chunks, patient(done))
}

const hangUps: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET'])

/** A body and its trailers; `end` is left to the caller. */
function pass(from: IncomingMessage, to: ClientRequest | ServerResponse, end: () => void): void {
  const finish = (): void => {
    const trailers = endToEndHeaders(from.rawTrailers)
    if (trailers.length > 0 && trailers.every((text) => writable.test(text))) {
      to.addTrailers(pairs(trailers))
    }
    end()
  }
  if (from.readableEnded) finish()
  else from.once('end', finish).pipe(to, { end: false })
}

/**
 * Waits with the end of an answer if the connection ends with it: a client that is still sending
 * would see it reset, and not the answer. One that waits for `100 Continue` isn't sending.
 */
function whenRead(request: IncomingMessage, response: ServerResponse, end: () => void): void {
  const isSending = !request.complete && request.headers.expect === undefined
  if (!isSending || response.shouldKeepAlive) return void end()
  // An answer without a body has not been sent yet.
  response.flushHeaders()
  request.once('end', end)
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : []))
}

/** The characters that Node writes into a head (RFC 9110 section 5.5). It reads more than these. */
const writable = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Whether an answer can be sent on: Node reads heads that it refuses to write, and throws. Cloud Run
 * takes such an answer for none at all.
 */
function isSendable({
  statusCode = 0,
  rawHeaders,
}: Pick<IncomingMessage, 'statusCode' | 'rawHeaders'>): boolean {
  return statusCode >= 100 && rawHeaders.every((text) => writable.test(text))
}

/** A reason that can't be written is left out: HTTP/2, which Cloud Run speaks, has none. */
function reasonOf({ statusMessage = '' }: { statusMessage?: string | undefined }): string {
  return writable.test(statusMessage) ? statusMessage : ''
}

/** Sends the head at once: the first event of an event stream can be minutes away. */
function sendHead(answer: IncomingMessage, response: ServerResponse, headers: string[]): void {
  const { statusCode = 0, headers: parsed } = answer
  const isChunked = parsed['transfer-encoding'] !== undefined && hasChunks(response, statusCode)
  response.writeHead(statusCode, reasonOf(answer), [
    ...headers,
    ...(isChunked ? chunked(parsed) : []),
  ])
  writeHeadOf(response)
}

function hasChunks({ req, useChunkedEncodingByDefault }: ServerResponse, status: number): boolean {
  return useChunkedEncodingByDefault && req.method !== 'HEAD' && status !== 204 && status !== 304
}

/** RFC 9110 section 15.2: any number of them, but none to an HTTP/1.0 client. */
function sendInformation(head: InformationEvent, { request, response }: Exchange): void {
  const { statusCode, rawHeaders } = head
  if (request.httpVersion === '1.0' || !isSendable(head) || response.headersSent) return
  if (statusCode === 100) return void response.writeContinue()
  writeRawHead(response, head, endToEndHeaders(rawHeaders))
}

function writeRawHead(
  response: ServerResponse,
  head: Pick<IncomingMessage, 'statusCode' | 'statusMessage'>,
  headers: readonly string[],
): void {
  const lines = pairs(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `HTTP/1.1 ${head.statusCode} ${reasonOf(head)}\r\n${lines.join('')}\r\n`
  // Undefined while a pipelined request before it is being answered.
  response.socket?.write(text, 'latin1')
}

/** From here on both sides speak WebSocket; when one is gone, so is the other. */
function tunnel(response: ServerResponse, { far, head }: { far: Duplex; head: Buffer }): void {
  const { socket: client } = response
  if (!client) return void far.destroy()
  if (head.length > 0) far.unshift(head)
  pipeline(far, client, far, () => {
    far.destroy()
    client.destroy()
  })
}
