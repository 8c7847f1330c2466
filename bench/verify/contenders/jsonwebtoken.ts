import { createPublicKey, type JsonWebKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { tokenOf } from '../../tokens/incoming-call.ts'
import { audience, googleIssuer, type Issuer } from '../../tokens/issuer.ts'
import type { Contender } from '../contender.ts'

/** jsonwebtoken, with keys that were imported once, by `kid`. */
export function jsonwebtoken({ jwks }: Issuer): Contender {
  const keys = new Map(
    jwks.keys.map((key) => [key.kid, createPublicKey({ key: key as JsonWebKey, format: 'jwk' })]),
  )
  const options = { issuer: googleIssuer, audience, algorithms: ['RS256' as const] }
  const keyOf: jwt.GetPublicKeyOrSecret = ({ kid }, done) => {
    const key = keys.get(kid)
    if (key === undefined) done(new Error('unknown key'))
    else done(null, key)
  }
  return {
    name: 'jsonwebtoken',
    decide: (call) =>
      new Promise((resolve) => {
        jwt.verify(tokenOf(call), keyOf, options, (error) => resolve(error === null))
      }),
  }
}
