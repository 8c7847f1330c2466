import { createHash } from 'node:crypto'
import type { Endpoint, TokenIssued } from '../events.ts'
import type { EventLog } from './event-log.ts'
import { withoutSecrets } from './redact.ts'

/** The same number as kept events. */
const maxTokens = 10_000
const maxLength = 500

/** Which endpoints hand out tokens. */
const handsOutTokens = {
  identity: true,
  'access-token': true,
  metadata: false,
  jwks: false,
  certs: false,
  discovery: false,
  token: true,
  'token-info': false,
  sts: true,
  'subject-token': false,
  'aws-instance': false,
  'generate-id-token': true,
  'generate-access-token': true,
  'sign-blob': false,
  'sign-jwt': false,
  'allow-policy': false,
  'run-service': false,
  'front-door': false,
  control: false,
  unknown: false,
} satisfies Record<Endpoint, boolean>

/** The properties of an answered request that a token event needs. */
export interface AnsweredRequest extends Omit<TokenIssued, 'id' | 'type' | 'at'> {
  /** The fingerprint of the ID token in the answer. */
  fingerprint?: string
}

/** The data of an ID token for the logs. */
interface MintedIdToken {
  account: string
  audience: string
  from: 'minted'
  fingerprint: string
}

/** The events of requested tokens. */
export interface TokenEvents {
  /** Records an answered request, if it was for a token. */
  note(answered: AnsweredRequest, at: number): void
  /** The id of the latest event whose answer contained this ID token. */
  idOf(token: string): number | undefined
}

/** A hash that identifies a token, and can't be used as one. */
export function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** The data of a new ID token for the logs. */
export function mintedIdToken(
  token: string,
  about: { account: string; audience: string },
): MintedIdToken {
  return { ...about, from: 'minted', fingerprint: fingerprintOf(token) }
}

/** Creates the token events of a log. Only fingerprints of tokens are kept; no event has one. */
export function createTokenEvents(events: EventLog): TokenEvents {
  const ids = new Map<string, number>()
  function remember(fingerprint: string, id: number): void {
    ids.delete(fingerprint)
    ids.set(fingerprint, id)
    const [oldest] = ids.keys()
    if (oldest !== undefined && ids.size > maxTokens) ids.delete(oldest)
  }
  return {
    note: (answered, at) => {
      if (!handsOutTokens[answered.endpoint]) return
      const id = events.add<TokenIssued>(tokenEvent(answered, at))
      if (answered.fingerprint !== undefined) remember(answered.fingerprint, id)
    },
    idOf: (token) => ids.get(fingerprintOf(token)),
  }
}

function tokenEvent(answered: AnsweredRequest, at: number): Omit<TokenIssued, 'id'> {
  const { endpoint, service, account, audience, status, from, durationMs, drill } = answered
  return {
    type: 'token',
    at,
    endpoint,
    ...(service !== undefined && { service }),
    ...(account !== undefined && { account: withoutSecrets(account, maxLength) }),
    ...(audience !== undefined && { audience: withoutSecrets(audience, maxLength) }),
    status,
    ...(from && { from }),
    durationMs,
    ...(drill !== undefined && { drill }),
  }
}
