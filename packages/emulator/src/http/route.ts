import type { IncomingHttpHeaders } from 'node:http'
import type { Endpoint } from '../events.ts'

/** One request, as handlers see it. */
export interface RoutedRequest {
  method: string
  /** The path as it was sent, without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /**
   * The body as text. Rejects with `BodyTooLargeError`, which the server answers with 413 if the
   * handler does not catch it.
   *
   * @param maxBytes by default 64 KiB
   */
  body(maxBytes?: number): Promise<string>
  /** Aborted when the client disconnects. */
  gone(): AbortSignal
}

/** How a request is answered. */
export interface Reply {
  status: number
  headers?: Readonly<Record<string, string>>
  body: string | Uint8Array
  /** The data for the logs. */
  about?: About
}

/** An answer as a stream, until its end or until the client disconnects. */
export interface StreamReply extends Omit<Reply, 'body'> {
  /**
   * The body; it is read as fast as the client reads. `signal` is aborted when the client
   * disconnects.
   */
  stream: (signal: AbortSignal) => AsyncIterable<string>
}

/** Data of an answer for the logs. */
export interface About {
  account?: string
  audience?: string
  from?: 'minted' | 'cached'
  /** The fingerprint of the ID token in the answer. */
  fingerprint?: string
  /** The drill that changed the answer. */
  drill?: number
}

/** The endpoint and the service of a request. */
export interface Place {
  endpoint: Endpoint
  /** Undefined for Google's APIs. */
  service?: string | undefined
}

/**
 * Answers a request, or injects a fault. `answer` gives the answer without a fault; it gets the id
 * of the drill that applies.
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
