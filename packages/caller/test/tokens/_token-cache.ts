import type { IdentitySource } from '../../src/index.ts'
import {
  createTokenCache,
  type TokenCache,
  type TokenCacheOptions,
} from '../../src/tokens/token-cache.ts'
import { createIdentity, shapeToken, type TestClock } from '../_tokens.ts'

export const aud = 'https://svc.example'
export const minute = 60_000

/** A cache for one target. */
export function cacheFor(options: Omit<TokenCacheOptions, 'audiences'>): TokenCache {
  return createTokenCache({ audiences: () => [aud], ...options })
}

/** As a metadata server does: the same token until it has a minute left. */
export function createStickyIdentity(now: TestClock): IdentitySource & { asked: number } {
  let token = { value: '', expiresAtMs: 0 }
  const identity = {
    asked: 0,
    async idToken(audience: string) {
      identity.asked++
      if (token.expiresAtMs - now() <= minute) {
        const iat = Math.floor(now() / 1000)
        const claims = { aud: audience, iat, exp: iat + 3600 }
        token = { value: shapeToken(claims), expiresAtMs: claims.exp * 1000 }
      }
      return token.value
    },
  }
  return identity
}

/** Hands out so many tokens; after them its server is down. */
export function failingAfter(mints: number, now: () => number): IdentitySource & { asked: number } {
  const working = createIdentity(now)
  const identity = {
    asked: 0,
    async idToken(audience: string) {
      if (++identity.asked > mints) throw new Error('metadata server is down')
      return working.idToken(audience)
    },
  }
  return identity
}

/** Lets what runs in the background come to its end. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Asks for the token, and waits for what that sets off in the background. */
export async function read(cache: TokenCache): Promise<string> {
  const { value } = await cache.get(aud)
  await settle()
  return value
}
