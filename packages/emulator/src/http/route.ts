import type { IncomingHttpHeaders } from 'node:http'
import type { Endpoint } from '../events.ts'

/** One request, as handlers see it. */
export interface RoutedRequest {
  method: string
  /** The path as it was sent, without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The body as text. Rejects with `BodyTooLargeError`; left to the server, that is a 413. */
  body(): Promise<string>
  /** Aborted once nobody waits for the answer any more. */
  gone(): AbortSignal
}

/** How a request is answered. */
export interface Reply {
  status: number
  headers?: Readonly<Record<string, string>>
  body: string | Uint8Array
  /** What the logs are to know of it. */
  about?: About
}

/** An answer that goes on until it is through, or the client is gone. */
export interface StreamReply extends Omit<Reply, 'body'> {
  /** The body, read no faster than the client does. `signal` is aborted once nobody reads it. */
  stream: (signal: AbortSignal) => AsyncIterable<string>
}

/** What a handler tells the logs. */
export interface About {
  account?: string
  audience?: string
  from?: 'minted' | 'cached'
  /** Of the ID token that was handed out. */
  fingerprint?: string
  /** The drill that changed the answer. */
  drill?: number
}

/** What is asked, and of whom. */
export interface Place {
  endpoint: Endpoint
  /** Undefined for Google's APIs. */
  service?: string | undefined
}

/**
 * Answers a request, or lets something go wrong. `answer` answers as if nothing did; it is handed the
 * id of the drill that the request has met.
 */
export type Around = <T>(
  place: Place,
  answer: (drill?: number) => T | Promise<T>,
) => Promise<{ reply: T | Reply; drill?: number }>

/** One line of a routes table. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The whole path; named groups of a pattern are its parameters. */
  path: string | RegExp
  endpoint: Endpoint
  handle: Handler
}

/** Answers the requests of one route. */
export type Handler = (
  request: RoutedRequest,
  parameters: Parameters,
) => Reply | StreamReply | Promise<Reply | StreamReply>

/** The named groups of a route's pattern, decoded. */
export type Parameters = Readonly<Record<string, string>>

/** A JSON answer, as Google's APIs write it. */
export function json(status: number, value: unknown, about: About = {}): Reply {
  const headers = { 'content-type': 'application/json; charset=UTF-8' }
  return { status, headers, body: `${JSON.stringify(value, null, 2)}\n`, about }
}

/** An answer in plain text. */
export function text(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body }
}
