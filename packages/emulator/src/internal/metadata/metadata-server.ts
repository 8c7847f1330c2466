import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import { projectOf, strangerAccount } from '../../google/accounts.ts'
import type { Google } from '../../google/google.ts'
import { hostGuard, ownHostGuard } from '../../http/hosts.ts'
import { createRoutedServer } from '../../http/server.ts'
import { notFound, requireFlavor } from './guards.ts'
import { metadataRoutes } from './routes.ts'

/**
 * The metadata server that one service sees, as inside its container on Cloud Run.
 *
 * A real one answers on 169.254.169.254 to each machine with that machine's identity; on a laptop
 * the port is what tells services apart.
 *
 * @param google what it knows
 * @param service whose it is
 */
export function createMetadataServer(google: Google, service: Service): Server {
  const email = service.serviceAccount
  const account = google.accounts.get(email) ?? strangerAccount(email)
  // Genuine tokens open what runs on Google Cloud.
  const guardHost = google.identities.has(service.name) ? ownHostGuard : hostGuard
  return createRoutedServer({
    routes: metadataRoutes({ google, service, account, project: projectOf(service) }),
    guards: [guardHost(google.allowedHosts), requireFlavor],
    headers: { 'metadata-flavor': 'Google', server: 'Metadata Server for Serverless' },
    notFound,
    drills: google.drills,
    service: service.name,
    record: google.record,
  })
}
