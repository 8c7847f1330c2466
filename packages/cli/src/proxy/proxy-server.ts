import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { createPassingServer, type Exchange } from '@countersign/shared/exchange/passing-server'
import { redactedPath } from '@countersign/shared/redact'
import {
  type GuardRefusal,
  isPreflight,
  preflightAnswer,
  readableBy,
  refusalOf,
} from './cross-origin.ts'
import { type Destination, forward } from './forward.ts'

interface ProxyServerOptions extends Destination {
  /** Origins of pages that may use the proxy, besides its own. */
  allowedOrigins: readonly string[]
  /** Called for each request that was answered. The token is never passed. */
  onRequest: (answered: AnsweredRequest) => void
}

/** A request that was answered. */
export interface AnsweredRequest {
  status: number
  method: string
  /** Without the query and texts that look like tokens: both could be secret. */
  path: string
}

/** Creates a server that forwards each request to one service, with a token. */
export function createProxyServer(options: ProxyServerOptions): Server {
  const allowed = new Set(options.allowedOrigins)
  return createPassingServer(({ request, response }) => {
    response.once('finish', () => options.onRequest(answered(request, response.statusCode)))
    const refusal = refusalOf(request.headers, allowed)
    if (refusal) answer(response, 403, refusals[refusal])
    else if (isPreflight(request)) response.writeHead(204, preflightAnswer(request)).end()
    else if (!request.url?.startsWith('/')) answer(response, 400, 'Write a path, not a URL.')
    else forwardOrExplain({ request, response }, options)
  })
}

const refusals: Readonly<Record<GuardRefusal, string>> = {
  host: 'countersign proxy answers only to localhost and 127.0.0.1.',
  origin:
    'This page may not use countersign proxy. To allow it, start the proxy with --allow-origin ORIGIN.',
}

function forwardOrExplain({ request, response }: Exchange, options: ProxyServerOptions): void {
  function reply(status: number, text: string): void {
    for (const [name, value] of Object.entries(readableBy(request.headers.origin))) {
      response.setHeader(name, value)
    }
    answer(response, status, text)
  }
  forward({ request, response }, options, {
    onConflict: (name) =>
      reply(
        400,
        `header_conflict: The request has a header "${name}". Remove it, since the token is sent there.`,
      ),
    // The response of a WebSocket finishes only when the WebSocket ends.
    onAnswer: ({ statusCode }) => statusCode === 101 && options.onRequest(answered(request, 101)),
    onUnreachable: () => reply(502, 'The service could not be reached.'),
  }).catch((error) => explain(error, reply))
}

/** The proxy's own answers are plain text; the service's answers are passed on unchanged. */
function explain(error: unknown, reply: (status: number, text: string) => void): void {
  if (isTargetNotAllowedError(error)) reply(400, errorText(error))
  else if (isIdTokenError(error)) reply(503, errorText(error))
  else reply(502, 'The service could not be reached.')
}

function errorText({ code, message, hint }: Record<'code' | 'message' | 'hint', string>): string {
  return `${code}: ${message}. ${hint}`
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function answered({ method = '', url = '' }: IncomingMessage, status: number): AnsweredRequest {
  return { status, method, path: redactedPath(url) }
}
