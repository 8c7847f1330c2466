import { fileURLToPath } from 'node:url'
import { startGoogle } from '../caller/google.ts'
import { keyServer } from '../middleware/key-server.ts'
import { certificatesOf } from '../tokens/certificates.ts'
import { audience, callerEmail, claimsOf, createIssuer, googleIssuer } from '../tokens/issuer.ts'

/** What new processes are given: the servers that they need, keys and a token. */
export interface Given {
  env: Readonly<Record<string, string>>
  stop(): void
}

/** Starts the servers, and puts all in the variables of an environment. */
export async function startGiven(): Promise<Given> {
  const issuer = createIssuer()
  const keys = await keyServer(issuer)
  const google = await startGoogle()
  const given = {
    service: google.service,
    keysUrl: keys.keysUrl,
    certificatesUrl: keys.certificatesUrl,
    jwks: issuer.jwks,
    certificates: certificatesOf(issuer),
    pem: issuer.publicKey.export({ type: 'spki', format: 'pem' }),
    token: await issuer.sign(claimsOf(1, { email: callerEmail })),
    issuer: googleIssuer,
    audience,
    email: callerEmail,
    policy: fileURLToPath(new URL('../../examples/countersign.jsonc', import.meta.url)),
  }
  return {
    env: { ...google.env, BENCH_START: JSON.stringify(given) },
    stop() {
      keys.close()
      google.stop()
    },
  }
}
