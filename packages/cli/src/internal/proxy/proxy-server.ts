import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { redactedPath } from '@countersign/shared/redact'
import { isPreflight, preflightAnswer, readableBy } from './cross-origin.ts'
import { type Destination, forward } from './forward.ts'
import { type GuardRefusal, refusalOf } from './origin-guard.ts'

/** What a proxy does. */
export interface ProxyServerOptions extends Destination {
  /** Origins of pages that may use it, beside its own. */
  readonly allowedOrigins: readonly string[]
  /** Told of each request that was answered: never of its token. */
  readonly onRequest: (answered: AnsweredRequest) => void
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly status: number
  readonly method: string
  /** Without the query and what looks like a token: both may be secret. */
  readonly path: string
}

/**
 * A server that sends each request on to one service, with a token.
 *
 * @param options which service, and who may
 */
export function createProxyServer(options: ProxyServerOptions): Server {
  const allowed = new Set(options.allowedOrigins)
  const server = createServer(async (request, response) => {
    response.on('finish', () => options.onRequest(answered(request, response.statusCode)))
    const refusal = refusalOf(request.headers, allowed)
    if (refusal) answer(response, 403, refusals[refusal])
    else if (isPreflight(request)) response.writeHead(204, preflightAnswer(request)).end()
    else if (!request.url?.startsWith('/')) answer(response, 400, 'Write a path, not a URL.')
    else await forwardOrExplain(request, response, options)
  })
  server.on('upgrade', ({ headers }, socket) => {
    const isRefused = refusalOf(headers, allowed) !== undefined
    refuseUpgrade(socket, isRefused ? '403 Forbidden' : '501 Not Implemented')
  })
  return server
}

/** Node has let go of the socket: its errors, and its end, are nobody else's. */
function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`
  socket.end(head, () => socket.destroy())
}

const refusals: Readonly<Record<GuardRefusal, string>> = {
  host: 'countersign proxy answers to localhost and 127.0.0.1 alone.',
  origin: 'This page may not use countersign proxy. Start it with --allow-origin to let it.',
}

async function forwardOrExplain(
  request: IncomingMessage,
  response: ServerResponse,
  destination: Destination,
): Promise<void> {
  try {
    await forward({ request, response }, destination)
  } catch (error) {
    explain(error, request, response)
  }
}

/** Ours to say, in plain text; the service's own answers come as they are. */
function explain(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  for (const [name, value] of Object.entries(readableBy(request.headers.origin))) {
    response.setHeader(name, value)
  }
  if (isTargetNotAllowedError(error)) answer(response, 400, told(error))
  else if (isIdTokenError(error)) answer(response, 503, told(error))
  else answer(response, 502, 'The service could not be reached.')
}

function told({ code, message, hint }: { code: string; message: string; hint: string }): string {
  return `${code}: ${message}. ${hint}`
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function answered({ method = '', url = '' }: IncomingMessage, status: number): AnsweredRequest {
  return { status, method, path: redactedPath(url) }
}
