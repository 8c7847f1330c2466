import { createHash } from 'node:crypto'
import type { IdTokenOptions } from '../test-issuer.ts'

/** The claims of a token: names and JSON values. `undefined` stands for one that isn't there. */
export type Claims = Readonly<Record<string, unknown>>

/** Google's ID tokens of service accounts live for an hour. */
export const googleLifetimeSeconds = 3600

/**
 * The claims of a service account's ID token, in the alphabetical order in which Google writes them.
 *
 * @see https://cloud.google.com/docs/authentication/token-types#id
 */
export function googleClaims(options: IdTokenOptions, now: number): Claims {
  const { email, audience, subject = subjectOf(email) } = options
  const { issuedAt = new Date(now), lifetimeSeconds = googleLifetimeSeconds } = options
  const iat = Math.floor(issuedAt.getTime() / 1000)
  return {
    aud: audience,
    azp: subject,
    email,
    email_verified: true,
    exp: iat + lifetimeSeconds,
    iat,
    iss: 'https://accounts.google.com',
    sub: subject,
    ...options.claims,
  }
}

/** A unique id as Google's are, 21 digits that begin with 1; the same each time. */
export function subjectOf(email: string): string {
  const hash = createHash('sha256').update(email).digest('hex')
  return `1${BigInt(`0x${hash}`).toString().padStart(20, '0').slice(-20)}`
}
