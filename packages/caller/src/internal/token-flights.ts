import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { IdentitySource } from '../identity-source.ts'
import { startFlight } from './flight.ts'
import { inspectToken, type MintedToken } from './minted-token.ts'
import type { TokenEntry } from './token-entry.ts'

/** Gets a new token for an entry: by an attempt of its own, or by the one that is under way. */
export type Fly = (entry: TokenEntry) => Promise<MintedToken>

/** What attempts need. */
export interface FlightsOptions {
  identity: IdentitySource
  now: () => number
  /** What one attempt may take. @default 10000 */
  timeoutMs?: number
}

/** After a failed attempt, or one that gave a token which pleases as little. */
export const backOffMs = 30_000

/**
 * The metadata server hands out the same token until 5 to 4 minutes before it expires (Google's
 * Python library refreshes from 3m45s): asking earlier only gets that one again.
 */
const refreshBeforeMs = 225_000
/** So that a fleet started together doesn't ask together. */
const jitterMs = 15_000

/** Makes what asks the identity source, once for all who wait, and notes in the entry what came of it. */
export function createFlights({ identity, now, timeoutMs = 10_000 }: FlightsOptions): Fly {
  return function fly(entry) {
    const { flight } = entry
    if (flight && now() < flight.deadlineMs) return flight.landing
    flight?.giveUp()
    const started = startFlight((signal) => mint(entry, signal), { timeoutMs, now })
    const landing = started.landing
      .then((token) => land(entry, token))
      .catch((error: unknown) => fail(entry, error))
      .finally(() => {
        if (entry.flight === current) entry.flight = undefined
      })
    const current = { ...started, landing }
    entry.flight = current
    return landing
  }

  async function mint(entry: TokenEntry, signal: AbortSignal): Promise<MintedToken> {
    const { audience, token: held } = entry
    const value = await identity.idToken(audience, { signal })
    return inspectToken(value, { audience, now: now(), held })
  }

  function land(entry: TokenEntry, token: MintedToken): MintedToken {
    entry.token = token
    entry.failure = undefined
    entry.refreshAtMs = Math.max(token.expiresAtMs - refreshBeforeMs, now() + backOffMs) + jitter()
    return token
  }

  function fail(entry: TokenEntry, cause: unknown): never {
    const error = isIdTokenError(cause) ? cause : unavailable(entry.audience, cause)
    entry.failure = { error, atMs: now() }
    entry.refreshAtMs = now() + backOffMs + jitter()
    throw error
  }
}

function jitter(): number {
  return Math.random() * jitterMs
}

/** For identity sources that throw errors of their own. */
function unavailable(audience: string, cause: unknown): IdTokenError {
  return new IdTokenError(
    'identity_unavailable',
    `The identity source gave no token for ${audience}`,
    {
      hint: 'See the cause: it is what the identity source threw.',
      cause: redactedCause(cause),
    },
  )
}
