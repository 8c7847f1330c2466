import type { IncomingMessage } from 'node:http'

/** What a server hands to a verifier. */
export type Incoming = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>

interface CallParts {
  authorization?: string
  url?: string
  /** Of headers that nobody reads. */
  names?: readonly string[]
}

/** The headers that Cloud Run's front door adds to a call, and a client's own. */
export const commonHeaders: readonly [string, string][] = [
  ['Host', 'user-profiles-123456789012.us-central1.run.app'],
  ['User-Agent', 'node'],
  ['Accept', '*/*'],
  ['Accept-Encoding', 'gzip, deflate'],
  ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ['X-Cloud-Trace-Context', '4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343;o=1'],
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Forwarded-Proto', 'https'],
  ['Forwarded', 'for="203.0.113.7";proto=https'],
]

/**
 * A call as `node:http` hands it over: all its header values are strings that were made for it, so
 * that no verifier profits from having met the very same object before.
 */
export function incomingCall(token: string): Incoming {
  return callWith({ authorization: `Bearer ${token}` })
}

/** The same with any header, or none, and for any path. */
export function callWith({ authorization, url = '/profiles/7', names = [] }: CallParts): Incoming {
  const headers: Record<string, string> = {}
  const rawHeaders: string[] = []
  for (const [name, value] of commonHeaders) add(name, value)
  for (const name of names) add(name, 'a')
  if (authorization !== undefined) add('Authorization', authorization)
  return { method: 'GET', url: freshString(url), headers, rawHeaders }

  function add(name: string, value: string): void {
    const fresh = freshString(value)
    headers[name.toLowerCase()] = fresh
    rawHeaders.push(name, fresh)
  }
}

/** The token of a call, the way that most code in the wild takes it. */
export function tokenOf({ headers }: Incoming): string {
  return headers.authorization?.slice('Bearer '.length) ?? ''
}

function freshString(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
