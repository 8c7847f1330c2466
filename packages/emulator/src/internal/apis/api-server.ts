import type { Server } from 'node:http'
import type { Google } from '../../google/google.ts'
import { hostGuard } from '../../http/hosts.ts'
import { createRoutedServer } from '../../http/server.ts'
import { googleError } from './google-error.ts'
import { apiRoutes, type Later } from './routes.ts'

/**
 * Google's APIs, all on one port: keys, OAuth's token endpoint, IAM Credentials. The paths are
 * Google's own and the same under each of its host names, so that a client needs only another base.
 *
 * @param google what they know
 * @param later what is known once all servers listen
 */
export function createApiServer(google: Google, later: Later): Server {
  return createRoutedServer({
    routes: apiRoutes(google, later),
    guards: [hostGuard(google.allowedHosts)],
    notFound: () => googleError('NOT_FOUND', 'The requested URL was not found on this server.'),
    drills: google.drills,
    record: google.record,
  })
}
