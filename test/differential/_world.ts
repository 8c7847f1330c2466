import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A pair of keys, and the name and public half under which it is published, if it is. */
interface Keys {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  jwk: Record<string, unknown>
}

/** What all tokens of a run stand on: one clock, one key set, one service. */
export interface World {
  /** Seconds since the epoch, whole ones: jose floors its clock. */
  now: number
  audiences: readonly string[]
  emails: readonly string[]
  /** Signs genuine tokens. */
  google: Keys
  /** Is not in the set. */
  stranger: Keys
  /** Are in the set, but not for RS256 signatures that anybody should believe. */
  unfit: readonly Keys[]
  /** An EC key, not in the set. */
  ec: KeyObject
  jwks: { keys: Record<string, unknown>[] }
  /** Genuine tokens, which a receiver has seen before. */
  genuine: readonly Genuine[]
}

/** A genuine token, whole and in parts. */
export interface Genuine {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  token: string
}

const issuers = ['https://accounts.google.com', 'accounts.google.com']

/** Makes the keys and the genuine tokens of a run. */
export function createWorld(): World {
  const google = rsaKeys('google-1')
  const base = {
    now: 1_700_000_000,
    audiences: ['https://user-profiles-123.us-central1.run.app', 'https://profiles.acme.example'],
    emails: ['login@acme.iam.gserviceaccount.com', '123-compute@developer.gserviceaccount.com'],
    google,
    stranger: rsaKeys('google-1'),
    unfit: [
      rsaKeys('too-short', { modulusLength: 1024 }),
      rsaKeys('exponent-3', { publicExponent: 3 }),
      rsaKeys('to-encrypt', {}, { use: 'enc' }),
      rsaKeys('for-rs512', {}, { alg: 'RS512' }),
    ],
    ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  }
  const jwks = { keys: [google, ...base.unfit].map(({ jwk }) => jwk) }
  return { ...base, jwks, genuine: genuineTokens(base) }
}

function rsaKeys(
  kid: string,
  options: { modulusLength?: number; publicExponent?: number } = {},
  purpose: Record<string, string> = {},
): Keys {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048, ...options })
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
  return { kid, ...pair, jwk: { ...jwk, ...purpose } }
}

function genuineTokens(base: Omit<World, 'genuine' | 'jwks'>): Genuine[] {
  const { audiences, emails } = base
  return audiences.flatMap((aud) =>
    emails.flatMap((email) =>
      issuers.flatMap((iss, index) => {
        const iat = base.now - 60 - index
        const claims = { iss, aud, azp: '1', sub: '1', email, email_verified: true, iat }
        const extra = index === 0 ? {} : { nbf: iat, google: { compute_engine: { zone: 'a' } } }
        return genuineToken({ ...claims, exp: iat + 3600, ...extra }, base.google)
      }),
    ),
  )
}

function genuineToken(claims: Record<string, unknown>, { kid, privateKey }: Keys): Genuine {
  const header = { alg: 'RS256', kid, typ: 'JWT' }
  const [first, second] = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const text = `${first}.${second}`
  const signature = sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')
  return { header, claims, token: `${text}.${signature}` }
}
