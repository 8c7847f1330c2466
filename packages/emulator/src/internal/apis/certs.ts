import type { Google } from '../../google/google.ts'
import { type IssuerKey, selfSignedCertificate } from '../../google/keys.ts'
import { type Handler, json } from '../../http/route.ts'
import { keyCacheControl } from './key-headers.ts'

/**
 * `/oauth2/v1/certs`: the key set as X.509 certificates, by key id. google-auth-library for Node
 * and for Python read this one.
 *
 * @param google whose keys
 */
export function certsHandler({ keys, wallClock }: Google): Handler {
  const made = new WeakMap<IssuerKey, Promise<string>>()
  // Kept for all that ask later: no drill's clock may be in it.
  const certificateOf = (key: IssuerKey): Promise<string> => {
    const certificate = made.get(key) ?? selfSignedCertificate(key, wallClock())
    made.set(key, certificate)
    return certificate
  }
  return async () => {
    const entries = keys.published().map(async (key) => [key.kid, await certificateOf(key)])
    const reply = json(200, Object.fromEntries(await Promise.all(entries)))
    return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
  }
}
