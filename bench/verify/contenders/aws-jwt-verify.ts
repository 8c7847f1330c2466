import { JwtVerifier } from 'aws-jwt-verify'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { tokenOf } from '../../tokens/incoming-call.ts'
import { audience, googleIssuer, type Issuer } from '../../tokens/issuer.ts'
import { keyEndpoint } from '../../tokens/key-endpoint.ts'
import { type Contender, holds } from '../contender.ts'

/** aws-jwt-verify's verifier for any issuer. */
export function awsJwtVerify({ jwks }: Issuer): Contender {
  const endpoint = keyEndpoint(jwks)
  const fetcher = { fetch: async () => (await endpoint.fetch()).arrayBuffer() }
  const verifier = JwtVerifier.create(
    { issuer: googleIssuer, audience, jwksUri: 'https://127.0.0.1/certs' },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  )
  return {
    name: 'aws-jwt-verify',
    decide: (call) => holds(verifier.verify(tokenOf(call))),
    keyFetches: endpoint.asked,
  }
}
