import { createServiceFetch, type ServiceFetch } from '@countersign/caller'
import { type Seen, startServer, type TestServer } from '../_server.ts'
import type { TestIdentity } from '../_tokens.ts'

export const headers = ['authorization', 'x-serverless-authorization'] as const
export const statuses = [301, 302, 303, 307, 308]

/** A service that redirects everything but `/end`. */
export function startRedirector(
  status: number,
  location: (seen: Seen) => string,
): Promise<TestServer> {
  return startServer((seen, _request, response) => {
    if (seen.url.startsWith('/end')) response.end(seen.method)
    else response.writeHead(status, { location: location(seen) }).end()
  })
}

export function startStranger(): Promise<TestServer> {
  return startServer((_seen, _request, response) => response.end('trapped'))
}

/** Each URL is a target, with an audience of its own. */
export function serviceFetchFor(identity: TestIdentity, ...urls: string[]): ServiceFetch {
  return createServiceFetch({
    targets: urls.map((url) => ({ url, headers, audience: `aud of ${url}` })),
    identity,
  })
}

/** The audience of the token in a header. */
export function audienceOf(seen: Seen | undefined, header = 'authorization'): string {
  const token = String(seen?.headers[header]).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(token, 'base64url').toString()).aud
}
