import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { TokenLogEntry } from '../events.ts'
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
  /** Takes the entries of the log. */
  write?: (entry: TokenLogEntry) => void
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
export function createFlights(options: FlightsOptions): Fly {
  const { identity, now, timeoutMs = 10_000, write = () => {} } = options

  return function fly(entry) {
    const { flight } = entry
    if (flight && now() < flight.deadlineMs) return flight.landing
    flight?.giveUp()
    const started = startFlight((signal) => mint(entry, signal), { timeoutMs, now })
    const landing = started.landing
      .then((token) => land(entry, token))
      .catch((error: unknown) => fail(entry, error, started.deadlineMs))
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
    if (entry.trouble.ends()) write(refreshedEntry(entry.audience, token))
    return token
  }

  function fail(entry: TokenEntry, cause: unknown, deadlineMs: number): never {
    const error = isIdTokenError(cause) ? cause : unavailable(entry.audience, cause)
    entry.failure = { error, atMs: now() }
    entry.refreshAtMs = now() + backOffMs + jitter()
    logFailure(entry, error, deadlineMs)
    throw error
  }

  /** Where no token is left, calls throw. An attempt that slept through its time with the CPU says nothing. */
  function logFailure(entry: TokenEntry, error: IdTokenError, deadlineMs: number): void {
    const { audience, token, trouble } = entry
    const at = now()
    if (token === undefined || at >= token.expiresAtMs || at > deadlineMs + 1000) return
    if (trouble.persists()) write(failedEntry(audience, token, error))
  }
}

function jitter(): number {
  return Math.random() * jitterMs
}

function failedEntry(
  audience: string,
  { expiresAtMs }: MintedToken,
  { code, message, hint }: IdTokenError,
): TokenLogEntry {
  const expiresAt = new Date(expiresAtMs).toISOString()
  return {
    severity: 'WARNING',
    message: `countersign can't renew the ID token for ${audience}, and calls fail from ${expiresAt} on: ${code}. ${message}. ${hint}`,
    code: 'token_refresh_failed',
    audience,
    expiresAt,
    reason: code,
  }
}

function refreshedEntry(audience: string, { expiresAtMs }: MintedToken): TokenLogEntry {
  return {
    severity: 'NOTICE',
    message: `countersign has a new ID token for ${audience} again`,
    code: 'token_refreshed',
    audience,
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
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
