import type { KeyObject } from 'node:crypto'
import type { KeySource } from '../key-source.ts'
import {
  type ClaimRules,
  cheapClaimsFailure,
  claimsGoogle,
  identityFailure,
  type ServiceAccountClaims,
} from './claims.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { Failure } from './failure.ts'
import { parseJws, type UnverifiedJws } from './jws.ts'
import { asksForRs256, holds, kidOf } from './signature.ts'
import type { VerifiedToken } from './token-cache.ts'

/** What became of a token. */
export type Verification =
  | { verified: VerifiedToken }
  /**
   * `unverified` is there where the failure came before the signature was looked at; `isOther` where
   * the token doesn't even claim to be Google's: an end user's, say.
   */
  | { failure: Failure; unverified?: UnverifiedJws; isOther?: boolean }

/**
 * Verifies one token: parse, cheap claims, key, signature, the rest of the claims. The order is the
 * point: junk is refused before it costs an RSA check, and nothing is believed before that check.
 */
export async function verifyToken(
  token: string,
  keys: KeySource,
  rules: ClaimRules,
): Promise<Verification> {
  const jws = parseJws(token)
  if (jws === undefined) return { ...refused('token_malformed'), isOther: isOpaque(token) }
  const early = headerFailure(jws) ?? cheapClaimsFailure(jws.claims, rules)
  if (early === undefined) return verifySignature(jws, keys)
  return { failure: early, unverified: jws, isOther: !claimsGoogle(jws.claims) }
}

/** No three segments, so no ID token that anybody spoilt. */
function isOpaque(token: string): boolean {
  return token.split('.', 4).length !== 3
}

function refused(code: Failure['code']): { failure: Failure } {
  return { failure: { code } }
}

function headerFailure({ header, isSignatureRemoved }: UnverifiedJws): Failure | undefined {
  if (isSignatureRemoved) return { code: 'signature_removed' }
  if (!asksForRs256(header)) return { code: 'algorithm_not_allowed', expected: 'RS256, no crit' }
  return kidOf(header) === undefined ? { code: 'key_unknown', expected: 'a kid' } : undefined
}

async function verifySignature(jws: UnverifiedJws, keys: KeySource): Promise<Verification> {
  const kid = kidOf(jws.header) as string
  const key = await keyOf(kid, keys)
  if ('failure' in key) return key
  if (!holds(jws, key.key)) return refused('signature_invalid')
  const failure = identityFailure(jws.claims)
  if (failure !== undefined) return { failure }
  const claims = deepFreeze(jws.claims) as ServiceAccountClaims
  return { verified: { kid, key: key.key, claims } }
}

async function keyOf(
  kid: string,
  keys: KeySource,
): Promise<{ key: KeyObject } | { failure: Failure }> {
  try {
    const key = await keys.key(kid)
    return key === undefined ? refused('key_unknown') : { key }
  } catch {
    return refused('keys_unavailable')
  }
}
