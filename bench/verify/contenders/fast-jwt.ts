import { createVerifier } from 'fast-jwt'
import { tokenOf } from '../../tokens/incoming-call.ts'
import { audience, googleIssuer, type Issuer } from '../../tokens/issuer.ts'
import type { Contender } from '../contender.ts'

/**
 * fast-jwt with one fixed key, its fastest way: keys that come by `kid` are imported anew for each
 * token. So it doesn't look at `kid` at all.
 */
export function fastJwt(issuer: Issuer): Contender {
  return contender('fast-jwt', issuer, false)
}

/** The same with its cache of results, of the size it has by default and ours has too. */
export function fastJwtCached(issuer: Issuer): Contender {
  return contender('fast-jwt, cached', issuer, 1000)
}

function contender(name: string, { publicKey }: Issuer, cache: number | false): Contender {
  const verify = createVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    algorithms: ['RS256'],
    allowedAud: audience,
    allowedIss: googleIssuer,
    cache,
  })
  return {
    name,
    decide(call) {
      try {
        verify(tokenOf(call))
        return true
      } catch {
        return false
      }
    },
  }
}
