import type { Route } from '../../http/route.ts'
import { accessTokenHandler } from './access-token.ts'
import { attributesHandler } from './attributes.ts'
import type { Container } from './container.ts'
import { genuineAccessTokens, genuineIdTokens } from './genuine-tokens.ts'
import { identityHandler } from './identity.ts'

const account = '\\/computeMetadata\\/v1\\/instance\\/service-accounts\\/(?<account>[^/]+)'

/**
 * What a metadata server answers to.
 *
 * @param container whose metadata it is
 */
export function metadataRoutes(container: Container): Route[] {
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
