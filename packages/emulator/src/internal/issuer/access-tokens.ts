import { randomBytes } from 'node:crypto'
import type { Account } from '../accounts.ts'
import { lifetimeSeconds } from './claims.ts'

/** More than any laptop's services hold at a time. */
const maxTokens = 10_000

/** Opaque OAuth access tokens. They open the emulator's own APIs, and nothing of Google's. */
export interface AccessTokens {
  /** A new token, valid for an hour. */
  issue(holder: Holder): string
  /** Whose token it is, if it was issued here and is still valid. */
  holder(token: string): Holder | undefined
}

/** Who an access token was issued to: an account, a person, a federated principal. */
export interface Holder extends Account {
  /** The one account that it may act as. Undefined: any of the policy. */
  readonly actsAs?: string
}

/**
 * A store of access tokens that keeps the newest.
 *
 * @param now milliseconds since the epoch
 */
export function createAccessTokens(now: () => number): AccessTokens {
  const issued = new Map<string, { holder: Holder; expiresAt: number }>()
  return {
    issue: (holder) => {
      const token = `ya29.c.emulator-${randomBytes(48).toString('base64url')}`
      issued.set(token, { holder, expiresAt: now() + lifetimeSeconds * 1000 })
      const [oldest] = issued.keys()
      if (oldest !== undefined && issued.size > maxTokens) issued.delete(oldest)
      return token
    },
    holder: (token) => {
      const found = issued.get(token)
      return found && found.expiresAt > now() ? found.holder : undefined
    },
  }
}
