import type { Policy } from '@countersign/policy'
import { type Account, accountsOf } from './accounts.ts'
import { shiftedClock } from './drills/current-fault.ts'
import { createDrills, type Drills } from './drills/drills.ts'
import { type AccessTokens, createAccessTokens } from './issuer/access-tokens.ts'
import { createFederation, type Federation } from './issuer/federation.ts'
import { createIssuer, type Issuer } from './issuer/issuer.ts'
import { createKeyRing, type KeyRing } from './issuer/key-ring.ts'
import { createServiceAccountKeys, type ServiceAccountKeys } from './issuer/service-account-keys.ts'
import { createUsers, type Users } from './issuer/users.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'

/** What Google knows and every endpoint shares: accounts, keys, tokens, the clock, the log. */
export interface Google {
  readonly policy: Policy
  /** The policy's service accounts, by email. */
  readonly accounts: ReadonlyMap<string, Account>
  readonly keys: KeyRing
  readonly issuer: Issuer
  readonly drills: Drills
  readonly accessTokens: AccessTokens
  readonly serviceAccountKeys: ServiceAccountKeys
  readonly users: Users
  readonly federation: Federation
  readonly log: RequestLog
  /** Milliseconds since the epoch, as the request under way sees it. */
  readonly now: () => number
  /** Names to allow in `Host`, beside this machine's and Google's. */
  readonly allowedHosts: ReadonlySet<string>
}

/** What a Google is made from. */
export interface GoogleOptions {
  readonly policy: Policy
  readonly now: () => number
  readonly allowedHosts: readonly string[]
}

/**
 * A Google with new keys that knows the accounts of one policy.
 *
 * @param options the policy and the clock
 */
export async function createGoogle({ policy, now, allowedHosts }: GoogleOptions): Promise<Google> {
  const keys = await createKeyRing(now)
  const clock = shiftedClock(now)
  return {
    policy,
    accounts: accountsOf(policy),
    keys,
    issuer: createIssuer(keys, clock),
    drills: createDrills({ services: policy.services, keys, onChange: () => undefined }),
    accessTokens: createAccessTokens(clock),
    serviceAccountKeys: createServiceAccountKeys(),
    users: createUsers(),
    federation: createFederation(clock),
    log: createRequestLog(now),
    now: clock,
    allowedHosts: new Set(allowedHosts.map((host) => host.toLowerCase())),
  }
}
