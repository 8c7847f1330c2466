import { createPublicKey, verify } from 'node:crypto'
import { audience, googleIssuer } from '../tokens/issuer.ts'

interface Claims {
  iss?: unknown
  aud?: unknown
  exp: number
}

/**
 * The least that anybody could write by hand: `crypto.verify`, and a Map of what passed. It checks no
 * caller, never forgets a token, and knows one key for ever.
 *
 * @returns a function from an `Authorization` header to the claims, or undefined
 */
export function mapCache(publicKeyPem: string): (header: string | undefined) => Claims | undefined {
  const key = createPublicKey(publicKeyPem)
  const passed = new Map<string, Claims>()

  return (header) => {
    if (!header?.startsWith('Bearer ')) return undefined
    const token = header.slice(7)
    const known = passed.get(token)
    if (known !== undefined) return known.exp > Date.now() / 1000 ? known : undefined
    const claims = verified(token)
    if (claims !== undefined) passed.set(token, claims)
    return claims
  }

  function verified(token: string): Claims | undefined {
    const [header, payload = '', signature = ''] = token.split('.')
    const text = Buffer.from(`${header}.${payload}`)
    if (!verify('RSA-SHA256', text, key, Buffer.from(signature, 'base64url'))) return undefined
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
    const isRight = claims.iss === googleIssuer && claims.aud === audience
    return isRight && claims.exp > Date.now() / 1000 ? claims : undefined
  }
}
