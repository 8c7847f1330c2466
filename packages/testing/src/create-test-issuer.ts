import { forgeriesFor } from './forgeries/forgeries.ts'
import { generateStrangers, issuerKey, keySource, type Strangers } from './keys.ts'
import type { IdTokenOptions, TestIssuer, TestIssuerOptions } from './test-issuer.ts'
import { compactJws, googleClaims, rsaSigner } from './tokens.ts'

/**
 * Creates an issuer for tests. Only receivers that use its keys accept its tokens.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer()
 * app.use(verifyCaller({ audience, allow: [email], keys: issuer.keys }))
 * await request(app).get('/').set(await issuer.headers({ email, audience })).expect(200)
 * ```
 *
 * @param options the key and the clock
 * @throws {TypeError} if `signingKey` is not a private RSA key
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { now = () => Date.now() } = options
  const key = await issuerKey(options.signingKey)
  const header = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
  const sign = rsaSigner(key.privateKey)
  let strangers: Promise<Strangers> | undefined

  async function idToken(token: IdTokenOptions): Promise<string> {
    return compactJws({ header, payload: googleClaims(token, now()), sign })
  }

  return {
    keys: keySource(key),
    jwks: () => ({ keys: [{ ...key.jwk }] }),
    idToken,
    headers: async (token) => ({ authorization: `Bearer ${await idToken(token)}` }),
    forgeries: async (target) => {
      strangers ??= generateStrangers()
      return forgeriesFor(target, { key, header, strangers: await strangers, now: now() })
    },
  }
}
