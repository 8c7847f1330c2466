import { type Call, type Reply, text } from '../../http/route.ts'

/**
 * Refuses what the real server refuses, so that a page, a proxy or a request smuggled through a
 * service's own fetch (SSRF) gets no token: the header can't be set by any of them.
 *
 * @param call the request
 */
export function requireFlavor({ headers, path }: Call): Reply | undefined {
  if (headers['x-forwarded-for'] !== undefined) {
    return text(403, 'Forbidden: X-Forwarded-For is not allowed\n')
  }
  // Go's client looks for the answer's Metadata-Flavor at the root without sending its own.
  if (path === '/') return undefined
  const flavor = headers['metadata-flavor']
  if (!flavor) return text(403, 'Missing required header "Metadata-Flavor": "Google"\n')
  return flavor === 'Google' ? undefined : notFound()
}

/** What the real server says of a path it doesn't have. */
export function notFound(): Reply {
  return text(404, 'Not Found\n')
}
