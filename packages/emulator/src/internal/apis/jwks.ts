import type { Google } from '../../google/google.ts'
import { type Handler, json } from '../../http/route.ts'
import { keyCacheControl } from './key-headers.ts'

/**
 * `/oauth2/v3/certs`: the key set as JWKS (RFC 7517 section 5).
 *
 * @param google whose keys
 */
export function jwksHandler({ keys }: Google): Handler {
  return () => {
    const reply = json(200, { keys: keys.published().map(({ jwk }) => jwk) })
    return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
  }
}
