import type { FetchLike } from '../options.ts'
import { cloudPlatform, type Json, type TokenSource, tokenIn } from '../tokens/source.ts'
import { exchangeJwt } from './jwt-bearer.ts'
import type { CheckedKey } from './parse-credentials.ts'

/** What a key needs to be exchanged for tokens. */
export interface KeySourceOptions {
  readonly fetch: FetchLike | undefined
  readonly now: () => number
}

/** The service account that a key belongs to. */
export function keySource(key: CheckedKey, { fetch, now }: KeySourceOptions): TokenSource {
  function exchange(claims: Json, signal: AbortSignal | undefined): Promise<Json> {
    return exchangeJwt(key, claims, { fetch, signal, now: now() })
  }
  return {
    async idToken(audience, { signal } = {}) {
      return tokenIn(await exchange({ target_audience: audience }, signal), 'id_token')
    },
    async accessToken({ signal } = {}) {
      return tokenIn(await exchange({ scope: cloudPlatform }, signal), 'access_token')
    },
  }
}
