import type { Issuer } from '../../tokens/issuer.ts'
import type { Contender } from '../contender.ts'
import { awsJwtVerify } from './aws-jwt-verify.ts'
import { countersign } from './countersign.ts'
import { fastJwt, fastJwtCached } from './fast-jwt.ts'
import { googleAuthLibrary } from './google-auth-library.ts'
import { jose } from './jose.ts'
import { jsonwebtoken } from './jsonwebtoken.ts'

/** Ours and the peers, each newly set up. */
export function allContenders(issuer: Issuer): Contender[] {
  const makers = [
    countersign,
    fastJwtCached,
    fastJwt,
    jsonwebtoken,
    awsJwtVerify,
    jose,
    googleAuthLibrary,
  ]
  return makers.map((make) => make(issuer))
}
