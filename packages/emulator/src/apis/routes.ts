import type { Server } from 'node:http'
import { type PageFile, pageRoutes } from '../control/page.ts'
import {
  drillRoutes,
  environmentRoute,
  eventsRoute,
  pushRoute,
  replayRoute,
  stateRoute,
} from '../control/routes.ts'
import type { EmulatorState } from '../events.ts'
import type { Google } from '../google/google.ts'
import { guarded, hostGuard, ownHostGuard } from '../http/hosts.ts'
import type { Route } from '../http/route.ts'
import { createRoutedServer } from '../http/server.ts'
import type { Pushes } from '../pushes/pushes.ts'
import type { FrontDoorAddress } from '../start/servers.ts'
import { awsInstanceRoutes } from './aws-instance.ts'
import { googleError } from './errors.ts'
import {
  generateAccessTokenHandler,
  generateIdTokenHandler,
  signBlobHandler,
  signJwtHandler,
} from './iam-credentials.ts'
import { certsHandler, discoveryHandler, jwksHandler } from './key-set.ts'
import { stsHandler, subjectTokenHandler } from './sts.ts'
import { tokenHandler } from './token.ts'

/** What is known only once all servers listen, which is before the first request. */
export interface Later {
  /** The emulator's base URL. */
  url(): string
  /** A service's environment; throws a TypeError for an unknown one. */
  env(service: string): Readonly<Record<string, string>>
  /** What the emulator is made of. */
  state(): EmulatorState
  /** Where a service is called. */
  frontDoor(service: string): FrontDoorAddress
  pushes: Pick<Pushes, 'start'>
  /** The page's files, by path. */
  page: ReadonlyMap<string, PageFile>
}

/**
 * What the emulator's base URL answers to.
 *
 * @param google what it knows
 * @param later what is known once all servers listen
 */
export function apiRoutes(google: Google, { url, ...later }: Later): Route[] {
  return [
    { method: 'GET', path: '/oauth2/v3/certs', endpoint: 'jwks', handle: jwksHandler(google) },
    { method: 'GET', path: '/oauth2/v1/certs', endpoint: 'certs', handle: certsHandler(google) },
    {
      method: 'GET',
      path: '/.well-known/openid-configuration',
      endpoint: 'discovery',
      handle: discoveryHandler(url),
    },
    { method: 'POST', path: '/token', endpoint: 'token', handle: tokenHandler(google, url) },
    {
      method: 'POST',
      path: '/oauth2/v4/token',
      endpoint: 'token',
      handle: tokenHandler(google, url),
    },
    { method: 'POST', path: '/v1/token', endpoint: 'sts', handle: stsHandler(google) },
    ...ownRoutes(google, later),
    {
      method: 'POST',
      path: /^\/v1\/projects\/-\/serviceAccounts\/(?<account>[^/:]+):generateIdToken$/,
      endpoint: 'generate-id-token',
      handle: generateIdTokenHandler(google),
    },
    {
      method: 'POST',
      path: /^\/v1\/projects\/-\/serviceAccounts\/(?<account>[^/:]+):generateAccessToken$/,
      endpoint: 'generate-access-token',
      handle: generateAccessTokenHandler(google),
    },
    {
      method: 'POST',
      path: /^\/v1\/projects\/-\/serviceAccounts\/(?<account>[^/:]+):signBlob$/,
      endpoint: 'sign-blob',
      handle: signBlobHandler(google),
    },
    {
      method: 'POST',
      path: /^\/v1\/projects\/-\/serviceAccounts\/(?<account>[^/:]+):signJwt$/,
      endpoint: 'sign-jwt',
      handle: signJwtHandler(google),
    },
  ]
}

/** The emulator's own, for its page and the command line: not Google's, so not under its names. */
function ownRoutes(
  google: Google,
  { env, state, frontDoor, pushes, page }: Omit<Later, 'url'>,
): Route[] {
  const routes: Route[] = [
    ...pageRoutes(page),
    stateRoute(state),
    eventsRoute(google.events),
    replayRoute(google, frontDoor),
    ...drillRoutes(google.drills),
    environmentRoute(env),
    pushRoute(pushes),
    {
      method: 'GET',
      path: '/emulator/v1/subject-token',
      endpoint: 'subject-token',
      handle: subjectTokenHandler(google),
    },
    ...awsInstanceRoutes(google),
  ]
  const guard = ownHostGuard(google.allowedHosts)
  return routes.map((route) => guarded(route, guard))
}

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
