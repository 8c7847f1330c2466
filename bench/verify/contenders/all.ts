import type { Issuer } from '../../tokens/issuer.ts'
import type { Contender } from '../contender.ts'
import { awsJwtVerify } from './aws-jwt-verify.ts'
import { countersign } from './countersign.ts'
import { fastJwt, fastJwtCached } from './fast-jwt.ts'
import { googleAuthLibrary } from './google-auth-library.ts'
import { jose } from './jose.ts'
import { jsonwebtoken } from './jsonwebtoken.ts'

/** Sets a contender up. */
export type ContenderMaker = (issuer: Issuer) => Contender

/** Ours first, then the peers. */
export const contenderMakers: readonly ContenderMaker[] = [
  countersign,
  fastJwtCached,
  fastJwt,
  jsonwebtoken,
  awsJwtVerify,
  jose,
  googleAuthLibrary,
]

/** Ours and the peers, each newly set up. */
export function allContenders(issuer: Issuer): Contender[] {
  return contenderMakers.map((make) => make(issuer))
}
