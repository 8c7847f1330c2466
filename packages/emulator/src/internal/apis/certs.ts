import type { Google } from '../google.ts'
import { json } from '../http/replies.ts'
import type { Handler } from '../http/serve.ts'
import { selfSignedCertificate } from '../issuer/certificate.ts'
import { keyCacheControl } from './key-headers.ts'

/**
 * `/oauth2/v1/certs`: the key set as X.509 certificates, by key id. google-auth-library for Node
 * and for Python read this one.
 *
 * @param google whose keys
 */
export function certsHandler({ issuer, now }: Google): Handler {
  let certificate: Promise<string> | undefined
  return async () => {
    certificate ??= selfSignedCertificate(issuer.key, now())
    const reply = json(200, { [issuer.key.kid]: await certificate })
    return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
  }
}
