import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { tokenOf } from '../../tokens/incoming-call.ts'
import { audience, googleIssuer, type Issuer } from '../../tokens/issuer.ts'
import { keyEndpoint } from '../../tokens/key-endpoint.ts'
import { type Contender, holds } from '../contender.ts'

/** jose's `jwtVerify` with its remote key set. */
export function jose({ jwks }: Issuer): Contender {
  const endpoint = keyEndpoint(jwks)
  const keys = createRemoteJWKSet(new URL('http://127.0.0.1/certs'), {
    [customFetch]: endpoint.fetch,
  })
  const options = { issuer: googleIssuer, audience, algorithms: ['RS256'] }
  return {
    name: 'jose',
    decide: (call) => holds(jwtVerify(tokenOf(call), keys, options)),
    keyFetches: endpoint.asked,
  }
}
