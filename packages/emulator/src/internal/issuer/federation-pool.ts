import { createHash } from 'node:crypto'
import type { AwsFederationConfig, FederationConfig } from '../../credential-files.ts'
import type { Account, Project } from '../accounts.ts'
import type { Holder } from './access-tokens.ts'

/** Providers of foreign tokens, all of one kind: one for each account. */
export interface FederationProviders {
  /** Whether there is such a provider of a pool. */
  isProvider(audience: string): boolean
  /** Who a subject token is, at the provider that it is for. */
  principal(subject: SubjectToken, audience: string): Promise<Holder | undefined>
}

/** A foreign token, as the Security Token Service is asked with it. */
export interface SubjectToken {
  readonly token: string
  /** Its `subject_token_type`. */
  readonly type: string
}

/** What a configuration says beside the account. */
export interface FederationPlace {
  readonly project: Project
  /** Base URL of the emulator. */
  readonly url: string
}

/** One account's provider of a pool. */
export interface Provider {
  /** Its full name. */
  readonly audience: string
  readonly account: Account
}

/** What the configurations of all providers have. */
type CommonConfig = Pick<
  FederationConfig & AwsFederationConfig,
  'type' | 'audience' | 'token_url' | 'service_account_impersonation_url' | 'universe_domain'
>

/**
 * The full name of an account's provider. One pool for each account: a pool's identity may act as
 * that account and no other.
 *
 * @param account whom the pool's identities become
 * @param project where the pool is
 * @param provider the provider's id in the pool
 */
export function providerName({ email }: Account, { number }: Project, provider: string): string {
  const pool = `emulator-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`
  return `//iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${pool}/providers/${provider}`
}

/**
 * What a configuration has wherever its subject tokens come from.
 *
 * @param provider whose it is
 * @param url base URL of the emulator
 */
export function commonConfig({ audience, account }: Provider, url: string): CommonConfig {
  return {
    type: 'external_account',
    audience,
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${account.email}:generateAccessToken`,
    universe_domain: 'googleapis.com',
  }
}

/**
 * A federated identity: `principal://iam.googleapis.com/projects/…/workloadIdentityPools/…/subject/…`
 *
 * @param provider who vouches for it
 * @param subject who it is there
 */
export function principalOf({ audience, account }: Provider, subject: string): Holder {
  const pool = audience.slice(2, audience.indexOf('/providers/'))
  const name = `principal://${pool}/subject/${subject}`
  return { email: name, subject: name, actsAs: account.email }
}
