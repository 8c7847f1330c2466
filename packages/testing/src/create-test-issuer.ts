import { forgeriesFor } from './forgeries/forgeries.ts'
import { generateStrangers, issuerKey, keySource } from './keys.ts'
import type { IdTokenOptions, TestIssuer, TestIssuerOptions } from './test-issuer.ts'
import { compactJws, googleClaims, rsaSigner } from './tokens.ts'

/**
 * Makes an issuer for tests, whose tokens only those receivers accept that are given its keys.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer()
 * app.use(verifyCaller({ audience, allow: [email], keys: issuer.keys }))
 * await request(app).get('/').set(await issuer.headers({ email, audience })).expect(200)
 * ```
 *
 * @param options the key and the clock
 * @throws TypeError where `signingKey` is no private RSA key
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { now = () => Date.now() } = options
  const key = await issuerKey(options.signingKey)
  const header = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
  const sign = rsaSigner(key.privateKey)
  const strangers = once(generateStrangers)

  async function idToken(token: IdTokenOptions): Promise<string> {
    return compactJws({ header, payload: googleClaims(token, now()), sign })
  }

  return {
    keys: keySource(key),
    jwks: () => ({ keys: [{ ...key.jwk }] }),
    idToken,
    headers: async (token) => ({ authorization: `Bearer ${await idToken(token)}` }),
    forgeries: async (target) => {
      return forgeriesFor(target, { key, header, strangers: await strangers(), now: now() })
    },
  }
}

/** Makes a function that makes its value at the first call, and gives it again at the next ones. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
