import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { ClaimOverrides } from '../../emulator.ts'
import type { Account } from '../accounts.ts'
import { faultyClaims } from '../drills/current-fault.ts'
import { type ClaimOptions, googleClaims, issuers } from './claims.ts'
import type { KeyRing } from './key-ring.ts'
import type { IssuerKey } from './signing-key.ts'

/** Google as the issuer of ID tokens. */
export interface Issuer {
  /** Signs an ID token with the usual claims. */
  idToken(account: Account, audience: string, options?: IssueOptions): Promise<string>
  /** The claims of a token that this issuer signed for one of these audiences, if it is still valid. */
  verify(token: string, audiences: readonly string[]): Promise<JWTPayload | undefined>
}

/** What is unusual about one token. */
export interface IssueOptions extends ClaimOptions {
  /** Claims to set otherwise, for tests. */
  readonly overrides?: ClaimOverrides
}

/**
 * An issuer that signs with whichever key is due.
 *
 * @param keys its keys
 * @param now milliseconds since the epoch
 */
export function createIssuer(keys: KeyRing, now: () => number): Issuer {
  return {
    idToken: (account, audience, options = {}) => {
      const key = keys.signing()
      const claims = googleClaims({ account, audience, now: now() }, options)
      return new SignJWT({ ...claims, ...faultyClaims(now()), ...options.overrides })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
        .sign(key.privateKey)
    },
    verify: (token, audiences) => verifyIdToken(token, { keys, audiences, now: now() }),
  }
}

async function verifyIdToken(
  token: string,
  { keys, audiences, now }: { keys: KeyRing; audiences: readonly string[]; now: number },
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, (header) => keyNamed(header.kid, keys), {
      algorithms: ['RS256'],
      audience: [...audiences],
      issuer: [...issuers],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(now),
    })
    return payload
  } catch {
    return undefined
  }
}

function keyNamed(kid: string | undefined, keys: KeyRing): IssuerKey['publicKey'] {
  const key = keys.published().find((one) => one.kid === kid)
  if (!key) throw new Error('no such key')
  return key.publicKey
}
