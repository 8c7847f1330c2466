import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import { projectOf, strangerAccount } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { hostGuard, ownHostGuard } from '../http/hosts.ts'
import type { Route } from '../http/route.ts'
import { createRoutedServer, type ServeOptions } from '../http/server.ts'
import { attributesHandler } from './attributes.ts'
import { type Container, notFound, requireFlavor } from './container.ts'
import {
  accessTokenHandler,
  genuineAccessTokens,
  genuineIdTokens,
  identityHandler,
} from './tokens.ts'

/**
 * The metadata server of one service, as seen in its container on Cloud Run.
 *
 * A real one answers on 169.254.169.254 to each machine with that machine's identity; on a laptop
 * each service has another port.
 */
export function createMetadataServer(
  google: Google,
  service: Service,
  { around, record }: Pick<ServeOptions, 'around' | 'record'>,
): Server {
  const email = service.serviceAccount
  const account = google.accounts.get(email) ?? strangerAccount(email)
  // Genuine tokens are valid on Google Cloud.
  const guardHost = google.identities.has(service.name) ? ownHostGuard : hostGuard
  return createRoutedServer({
    routes: metadataRoutes({ google, service, account, project: projectOf(service) }),
    guards: [guardHost(google.allowedHosts), requireFlavor],
    headers: { 'metadata-flavor': 'Google', server: 'Metadata Server for Serverless' },
    notFound,
    around,
    service: service.name,
    record,
  })
}

const account = '\\/computeMetadata\\/v1\\/instance\\/service-accounts\\/(?<account>[^/]+)'

/** The routes of a metadata server. */
function metadataRoutes(container: Container): Route[] {
  return [
    {
      method: 'GET',
      path: new RegExp(`^${account}\\/identity$`),
      endpoint: 'identity',
      handle: genuineIdTokens(container, identityHandler(container)),
    },
    {
      method: 'GET',
      path: new RegExp(`^${account}\\/token$`),
      endpoint: 'access-token',
      handle: genuineAccessTokens(container, accessTokenHandler(container)),
    },
    {
      method: 'GET',
      path: /^\/(?<path>.*)$/,
      endpoint: 'metadata',
      handle: attributesHandler(container),
    },
  ]
}
