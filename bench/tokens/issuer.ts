import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** Who signs the tokens of a run: a stand-in for Google, with keys that nobody has seen before. */
export interface Issuer {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  /** Two keys, as Google's set has. */
  jwks: { keys: Record<string, string>[] }
  /** Signs with the issuer's key, whatever the header says. */
  sign(claims: object, header?: object): Promise<string>
}

/** The service that the tokens are for. */
export const audience = 'https://user-profiles-123456789012.us-central1.run.app'

/** A service account that may call it. */
export const callerEmail = 'login-run@acme-production.iam.gserviceaccount.com'

/** All that may: a service that is called by one account alone has one key of every cache warm. */
export const callerEmails: readonly string[] = [
  callerEmail,
  ...Array.from(
    { length: 49 },
    (_, index) => `caller-${index}@acme-${index % 7}.iam.gserviceaccount.com`,
  ),
]

export const googleIssuer = 'https://accounts.google.com'

const signAsync = promisify(sign)

/** Makes an issuer with new keys. */
export function createIssuer(): Issuer {
  const { kid, privateKey, publicKey, jwk } = newKey()
  return {
    kid,
    privateKey,
    publicKey,
    jwks: { keys: [newKey().jwk, jwk] },
    async sign(claims, header = { alg: 'RS256', kid, typ: 'JWT' }) {
      const text = `${segment(header)}.${segment(claims)}`
      const signature = await signAsync('RSA-SHA256', Buffer.from(text), privateKey)
      return `${text}.${signature.toString('base64url')}`
    },
  }
}

/** One segment of a compact JWS. */
export function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The claims of a service account's ID token; `index` makes them differ. */
export function claimsOf(index: number, more: object = {}): object {
  const iat = Math.floor(Date.now() / 1000) - 10
  const subject = String(100_000_000_000_000_000_000n + BigInt(index))
  return {
    aud: audience,
    azp: subject,
    email: callerEmails[index % callerEmails.length],
    email_verified: true,
    exp: iat + 3600,
    iat,
    iss: googleIssuer,
    sub: subject,
    ...more,
  }
}

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha1').update(n).digest('hex')
  return { kid, privateKey, publicKey, jwk: { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e } }
}
