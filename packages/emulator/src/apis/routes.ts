import type { RequestListener } from 'node:http'
import type { Endpoint } from '../events.ts'
import type { Google } from '../google/google.ts'
import { guarded, hostGuard, ownHostGuard } from '../http/hosts.ts'
import { answerAsProxy } from '../http/proxy.ts'
import type { Handler, Route } from '../http/route.ts'
import { routedListener, type ServeOptions } from '../http/server.ts'
import type { Iam } from '../iam/iam.ts'
import { allowPolicyRoutes } from './allow-policies.ts'
import type { IamParts } from './asker.ts'
import { awsInstanceRoutes } from './aws-instance.ts'
import { googleError } from './errors.ts'
import {
  generateAccessTokenHandler,
  generateIdTokenHandler,
  signBlobHandler,
  signJwtHandler,
} from './iam-credentials.ts'
import {
  accountCertsHandler,
  accountJwksHandler,
  certsHandler,
  discoveryHandler,
  jwksHandler,
} from './key-set.ts'
import { runServiceRoutes } from './run-services.ts'
import { stsHandler, subjectTokenHandler } from './sts.ts'
import { tokenHandler } from './token.ts'
import { tokenInfoHandler } from './token-info.ts'

/** Options of {@link apiListener}. */
export interface ApiOptions extends Pick<ServeOptions, 'around' | 'record'> {
  google: Google
  iam: Iam
  /** The emulator's base URL. */
  url: string
  /** The routes of the emulator's own API, which can be reached by its own host names only. */
  control: readonly Route[]
}

/**
 * Google's APIs, all on one port: keys, OAuth's token endpoint, IAM Credentials. The paths are
 * Google's own and the same under each of its host names, so that a client needs only another base
 * URL.
 */
export function apiListener(options: ApiOptions): RequestListener {
  const { google, iam, url, control, around, record } = options
  const guard = ownHostGuard(google.allowedHosts)
  const listener = routedListener({
    routes: [
      ...routesOf(googleApis({ google, iam }, url)),
      ...[...routesOf(foreignProviders(google)), ...control].map((route) => guarded(route, guard)),
    ],
    guards: [hostGuard(google.allowedHosts)],
    notFound: () => googleError('NOT_FOUND', 'The requested URL was not found on this server.'),
    around,
    record,
  })
  return answerAsProxy(listener)
}

type Elsewhere = 'identity' | 'access-token' | 'metadata' | 'front-door' | 'control' | 'unknown'
type Foreign = 'subject-token' | 'aws-instance'
type Table<E extends Endpoint> = Readonly<Record<E, readonly Omit<Route, 'endpoint'>[]>>

/** Every endpoint that no other server answers: the compiler requires a new one here. */
function googleApis(parts: IamParts, url: string): Table<Exclude<Endpoint, Elsewhere | Foreign>> {
  const { google } = parts
  const token = tokenHandler(google, url)
  return {
    jwks: [
      { method: 'GET', path: '/oauth2/v3/certs', handle: jwksHandler(google) },
      accountKeyRoute('jwk', accountJwksHandler(google)),
    ],
    certs: [
      { method: 'GET', path: '/oauth2/v1/certs', handle: certsHandler(google) },
      accountKeyRoute('x509', accountCertsHandler(google)),
    ],
    discovery: [
      { method: 'GET', path: '/.well-known/openid-configuration', handle: discoveryHandler(url) },
    ],
    token: [
      { method: 'POST', path: '/token', handle: token },
      { method: 'POST', path: /^\/oauth2\/v[34]\/token$/, handle: token },
      { method: 'POST', path: '/o/oauth2/token', handle: token },
    ],
    'token-info': ['GET' as const, 'POST' as const].map((method) => {
      return { method, path: /^(?:\/oauth2\/v[13])?\/tokeninfo$/, handle: tokenInfoHandler(google) }
    }),
    sts: [{ method: 'POST', path: '/v1/token', handle: stsHandler(google) }],
    'generate-id-token': [accountRoute('generateIdToken', generateIdTokenHandler(google))],
    'generate-access-token': [
      accountRoute('generateAccessToken', generateAccessTokenHandler(google)),
    ],
    'sign-blob': [accountRoute('signBlob', signBlobHandler(google))],
    'sign-jwt': [accountRoute('signJwt', signJwtHandler(google))],
    'allow-policy': allowPolicyRoutes(parts),
    'run-service': runServiceRoutes(parts),
  }
}

/** The route of an account's public keys; key files name one of these URLs. */
function accountKeyRoute(format: 'jwk' | 'x509', handle: Handler): Omit<Route, 'endpoint'> {
  const folder = '(?:robot/v1/metadata|service_accounts/v1(?:/metadata)?)'
  const path = new RegExp(`^/${folder}/${format}/(?<account>[^/]+)$`)
  return { method: 'GET', path, handle }
}

/** The route of a method of IAM Credentials. */
function accountRoute(name: string, handle: Handler): Omit<Route, 'endpoint'> {
  const path = new RegExp(`^/v1/projects/-/serviceAccounts/(?<account>[^/:]+):${name}$`)
  return { method: 'POST', path, handle }
}

/**
 * Foreign providers that Google's federation trusts. They are not Google's, so they can't be
 * reached by its host names.
 */
function foreignProviders(google: Google): Table<Foreign> {
  const path = '/emulator/v1/subject-token'
  return {
    'subject-token': [{ method: 'GET', path, handle: subjectTokenHandler(google) }],
    'aws-instance': awsInstanceRoutes(google),
  }
}

function routesOf<E extends Endpoint>(table: Table<E>): Route[] {
  const endpoints = Object.keys(table) as E[]
  return endpoints.flatMap((endpoint) => table[endpoint].map((route) => ({ ...route, endpoint })))
}
