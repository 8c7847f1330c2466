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

/**
 * The state of the emulated Google, which its endpoints share: accounts, keys, tokens, the clock.
 */
export interface Google {
  /** Another object after each edit that is followed: read it where it is used. */
  policy: Policy
  /** The policy's service accounts, by email. */
  accounts: ReadonlyMap<string, Account>
  /** Identities with genuine tokens, by service. */
  identities: ReadonlyMap<string, GenuineIdentity>
  keys: KeyRing
  issuer: Issuer
  accessTokens: AccessTokens
  serviceAccountKeys: ServiceAccountKeys
  users: Users
  federation: Federation
  awsFederation: AwsFederation
  /** Milliseconds since the epoch, by the clock of the current request, which a drill can shift. */
  now: () => number
  /** Milliseconds since the epoch; no drill shifts it. */
  wallClock: () => number
  /** Names of this emulator in `Host`, in addition to this machine's. */
  allowedHosts: ReadonlySet<string>
}

/** Options of {@link createGoogle}. */
export interface GoogleOptions {
  policy: Policy
  now: () => number
  allowedHosts: readonly string[]
  identities: Readonly<Record<string, GenuineIdentity>>
}

/** Creates the state for one policy, with new keys. */
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
