import type { Policy } from '@countersign/policy'
import type { GenuineIdentity } from '../credentials.ts'
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

/** What Google knows and every endpoint shares: accounts, keys, tokens, the clock. */
export interface Google {
  policy: Policy
  /** The policy's service accounts, by email. */
  accounts: ReadonlyMap<string, Account>
  /** Whose tokens are not ours, by service. */
  identities: ReadonlyMap<string, GenuineIdentity>
  keys: KeyRing
  issuer: Issuer
  accessTokens: AccessTokens
  serviceAccountKeys: ServiceAccountKeys
  users: Users
  federation: Federation
  awsFederation: AwsFederation
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

/** A Google with new keys that knows the accounts of one policy. */
export async function createGoogle(options: GoogleOptions): Promise<Google> {
  const { policy, now, allowedHosts, identities } = options
  const keys = await createKeyRing(now)
  const clock = shiftedClock(now)
  return {
    policy,
    accounts: accountsOf(policy),
    identities: new Map(Object.entries(identities)),
    keys,
    issuer: createIssuer(keys, clock),
    accessTokens: createAccessTokens(clock),
    serviceAccountKeys: createServiceAccountKeys(),
    users: createUsers(),
    federation: createFederation(clock),
    awsFederation: createAwsFederation(clock),
    now: clock,
    wallClock: now,
    allowedHosts: new Set(allowedHosts.map((host) => host.toLowerCase())),
  }
}
