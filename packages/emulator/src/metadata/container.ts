import type { Service } from '@countersign/policy'
import type { Account, Project } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { type Reply, type RoutedRequest, text } from '../http/route.ts'

/** A service's container, as seen by its metadata server. */
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
 * Refuses the same requests as the real server, so that a web page, a proxy or a request that is
 * smuggled through a service's own fetch (SSRF) gets no token: none of them can set the header.
 *
 * `X-Google-Metadata-Request: True` is the older name of the header, which scripts still send.
 */
export function requireFlavor({ headers, path }: RoutedRequest): Reply | undefined {
  if (headers['x-forwarded-for'] !== undefined) {
    return text(403, 'Forbidden: X-Forwarded-For is not allowed\n')
  }
  // Go's client checks the Metadata-Flavor of the answer at the root, without sending its own.
  if (path === '/') return undefined
  const flavor = headers['metadata-flavor']
  const isOldRequest = /^true$/i.test(String(headers['x-google-metadata-request']))
  if (!flavor && isOldRequest) return undefined
  if (!flavor) return text(403, 'Missing required header "Metadata-Flavor": "Google"\n')
  return flavor === 'Google' ? undefined : notFound()
}

/** The real server's answer to an unknown path. */
export function notFound(): Reply {
  return text(404, 'Not Found\n')
}
