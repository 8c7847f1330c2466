import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { ClaimOverrides } from '../../emulator.ts'
import type { Account } from '../accounts.ts'
import { type ClaimOptions, googleClaims, issuers } from './claims.ts'
import { generateSigningKey, type IssuerKey } from './signing-key.ts'

/** Google as the issuer of ID tokens. */
export interface Issuer {
  /** The key that signs now. */
  readonly key: IssuerKey
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
 * An issuer with a new key.
 *
 * @param now milliseconds since the epoch
 */
export async function createIssuer(now: () => number): Promise<Issuer> {
  const key = await generateSigningKey()
  return {
    key,
    idToken: (account, audience, options = {}) => {
      const claims = googleClaims({ account, audience, now: now() }, options)
      return new SignJWT({ ...claims, ...options.overrides })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
        .sign(key.privateKey)
    },
    verify: (token, audiences) => verifyIdToken(token, { key, audiences, now: now() }),
  }
}

async function verifyIdToken(
  token: string,
  { key, audiences, now }: { key: IssuerKey; audiences: readonly string[]; now: number },
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, (header) => keyNamed(header.kid, key), {
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

function keyNamed(kid: string | undefined, key: IssuerKey): IssuerKey['publicKey'] {
  if (kid !== key.kid) throw new Error('no such key')
  return key.publicKey
}
