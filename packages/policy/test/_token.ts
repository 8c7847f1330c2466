import { generateKeyPairSync, sign } from 'node:crypto'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The public half of what {@link headersOf} signs with, as a receiver's `localKeys` takes it. */
export const jwks = {
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256' }],
}

/** The headers of a call that a service account makes to an audience. */
export function headersOf(email: string, audience: string): { authorization: string } {
  const issued = Math.floor(Date.now() / 1000)
  const header = encoded({ alg: 'RS256', kid: 'test', typ: 'JWT' })
  const claims = encoded({
    iss: 'https://accounts.google.com',
    aud: audience,
    sub: '1',
    email,
    email_verified: true,
    iat: issued,
    exp: issued + 3600,
  })
  const signature = sign('RSA-SHA256', Buffer.from(`${header}.${claims}`), privateKey)
  return { authorization: `Bearer ${header}.${claims}.${signature.toString('base64url')}` }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
