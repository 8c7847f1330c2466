import type { Service } from '@countersign/policy'
import type { Account, Project } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { type Reply, type RoutedRequest, text } from '../http/route.ts'

/** A service's container, as its metadata server knows it. */
export interface Container {
  google: Google
  service: Service
  account: Account
  project: Project
}

/** Whether a path names the container's account: `default`, or its email. */
export function hasAccount({ account }: Container, name: string | undefined): boolean {
  return name === 'default' || name === account.email
}

/**
 * Refuses what the real server refuses, so that a page, a proxy or a request smuggled through a
 * service's own fetch (SSRF) gets no token: the header can't be set by any of them.
 */
export function requireFlavor({ headers, path }: RoutedRequest): Reply | undefined {
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
