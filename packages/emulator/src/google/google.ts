import { randomUUID } from 'node:crypto'
import type { Policy } from '@countersign/policy'
import type { GenuineIdentity } from '../credentials.ts'
import { createDrills, type Drills } from '../drills/drills.ts'
import { createDrillEvents, type DrillEvents } from '../events/drill-events.ts'
import { createEventLog, type EventLog } from '../events/event-log.ts'
import { createReplays, type Replays } from '../events/replays.ts'
import { createRequestLog, type RequestLog } from '../events/request-log.ts'
import { createTokenEvents, type TokenEvents } from '../events/token-events.ts'
import type { Answered } from '../http/server.ts'
import { type Account, accountsOf } from './accounts.ts'
import { type AwsFederation, createAwsFederation } from './aws.ts'
import {
  type AccessTokens,
  createAccessTokens,
  createServiceAccountKeys,
  createUsers,
  type ServiceAccountKeys,
  type Users,
} from './credentials.ts'
import { shiftedClock } from './current-fault.ts'
import { createFederation, type Federation } from './federation.ts'
import { createIssuer, type Issuer } from './issuer.ts'
import { createKeyRing, type KeyRing } from './keys.ts'

/** What Google knows and every endpoint shares: accounts, keys, tokens, the clock, the log. */
export interface Google {
  /** Another one on each start. */
  run: string
  policy: Policy
  /** The policy's service accounts, by email. */
  accounts: ReadonlyMap<string, Account>
  /** Whose tokens are not ours, by service. */
  identities: ReadonlyMap<string, GenuineIdentity>
  keys: KeyRing
  issuer: Issuer
  drills: Drills
  accessTokens: AccessTokens
  serviceAccountKeys: ServiceAccountKeys
  users: Users
  federation: Federation
  awsFederation: AwsFederation
  log: RequestLog
  events: EventLog
  tokenEvents: TokenEvents
  drillEvents: DrillEvents
  replays: Replays
  /** Notes a request that is being answered, in both logs. */
  record: (answered: Answered) => void
  /** Milliseconds since the epoch, as the request under way sees it. */
  now: () => number
  /** The same, whatever the drill. */
  wallClock: () => number
  /** Names of this emulator in `Host`, beside this machine's. */
  allowedHosts: ReadonlySet<string>
}

/** What a Google is made from. */
export interface GoogleOptions {
  policy: Policy
  now: () => number
  allowedHosts: readonly string[]
  identities: Readonly<Record<string, GenuineIdentity>>
}

/**
 * A Google with new keys that knows the accounts of one policy.
 *
 * @param options the policy and the clock
 */
export async function createGoogle(options: GoogleOptions): Promise<Google> {
  const { policy, now, allowedHosts, identities } = options
  const keys = await createKeyRing(now)
  const clock = shiftedClock(now)
  const log = createRequestLog(now)
  const events = createEventLog()
  const tokenEvents = createTokenEvents(events)
  const drillEvents = createDrillEvents(events, now)
  return {
    run: randomUUID(),
    policy,
    accounts: accountsOf(policy),
    identities: new Map(Object.entries(identities)),
    keys,
    issuer: createIssuer(keys, clock),
    drills: createDrills({ services: policy.services, keys, onChange: drillEvents.note }),
    accessTokens: createAccessTokens(clock),
    serviceAccountKeys: createServiceAccountKeys(),
    users: createUsers(),
    federation: createFederation(clock),
    awsFederation: createAwsFederation(clock),
    log,
    events,
    tokenEvents,
    drillEvents,
    replays: createReplays(),
    record: (answered) => {
      log.record(answered)
      tokenEvents.note(answered, Math.round(now() - answered.durationMs))
    },
    now: clock,
    wallClock: now,
    allowedHosts: new Set(allowedHosts.map((host) => host.toLowerCase())),
  }
}
