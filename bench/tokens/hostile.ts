import { randomBytes } from 'node:crypto'
import { claimsOf, type Issuer, segment } from './issuer.ts'

/** Makes the hostile token number `index`; no two are the same. */
export type HostileMaker = (issuer: Issuer, index: number) => Promise<string> | string

const signatureBytes = 256

/** Nothing but bytes: as one piece, and in the shape of a token. */
export const garbage: HostileMaker = (_issuer, index) =>
  index % 2 === 0 ? randomText(600) : `${randomText(75)}.${randomText(270)}.${randomText(256)}`

/** Truly signed, for another service. */
export const wrongAudience: HostileMaker = (issuer, index) =>
  issuer.sign(claimsOf(index, { aud: 'https://search-123456789012.us-central1.run.app' }))

/** Everything right, but the key is nobody's. */
export const unknownKid: HostileMaker = (_issuer, index) =>
  unsigned(claimsOf(index), { alg: 'RS256', kid: randomBytes(20).toString('hex'), typ: 'JWT' })

/** Truly signed, two hours ago. */
export const expired: HostileMaker = (issuer, index) => {
  const iat = Math.floor(Date.now() / 1000) - 7200
  return issuer.sign(claimsOf(index, { iat, exp: iat + 3600 }))
}

/** Everything right but the signature. Nobody can tell without an RSA check. */
export const forged: HostileMaker = ({ kid }, index) =>
  unsigned(claimsOf(index), { alg: 'RS256', kid, typ: 'JWT' })

/** Truly signed, for this service, by a service account that may not call it. */
export const stranger: HostileMaker = (issuer, index) =>
  issuer.sign(claimsOf(index, { email: `robot-${index}@evil.iam.gserviceaccount.com` }))

/** Wrong audience, and not signed at all: as quick to make as garbage. */
export const wrongAudienceForged: HostileMaker = ({ kid }, index) =>
  unsigned(claimsOf(index, { aud: `https://evil-${index}.run.app` }), { alg: 'RS256', kid })

/** `alg: none`, the oldest trick. */
export const algorithmNone: HostileMaker = (_issuer, index) =>
  `${segment({ alg: 'none', typ: 'JWT' })}.${segment(claimsOf(index))}.`

function unsigned(claims: object, header: object): string {
  return `${segment(header)}.${segment(claims)}.${randomText(signatureBytes)}`
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}
