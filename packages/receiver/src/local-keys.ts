import { importKeySet } from './internal/keys/key-set.ts'
import type { KeySource } from './key-source.ts'

/**
 * Keys that are at hand already, for tests: nothing is fetched.
 *
 * @param jwks a JWK set (RFC 7517 section 5)
 * @throws TypeError where no key of it could check an RS256 signature
 *
 * @example
 * ```ts
 * verifyCaller({ allow, audience, keys: localKeys({ keys: [publicJwk] }) })
 * ```
 */
export function localKeys(jwks: { keys: readonly object[] }): KeySource {
  const keys = imported(jwks)
  return {
    key: (kid) => keys.get(kid),
    ready: async () => {},
    health: () => ({ kids: [...keys.keys()] }),
  }
}

function imported(jwks: unknown): ReturnType<typeof importKeySet> {
  try {
    return importKeySet(jwks)
  } catch (cause) {
    throw new TypeError('localKeys wants a key set with an RSA key of 2048 bits or more in it', {
      cause,
    })
  }
}
