import { createHash, randomBytes } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { FederationConfig } from '../../credential-files.ts'
import type { Account, Project } from '../accounts.ts'
import type { Holder } from './access-tokens.ts'
import { generateSigningKey, type IssuerKey } from './signing-key.ts'

/** GitHub's live five minutes. */
const lifetimeSeconds = 300

/** Outside of Google: a provider of foreign tokens, and the pools that trust it. */
export interface Federation {
  /** The configuration with which a foreign machine becomes an account. */
  config(account: Account, where: FederationPlace): FederationConfig
  /** A subject token for who has this secret, if anybody was given it. */
  subjectToken(secret: string): Promise<string | undefined>
  /** Who a subject token is, at the pool that trusts it. */
  principal(subjectToken: string, audience: string): Promise<Holder | undefined>
  /** Whether there is such a provider of a pool. */
  isProvider(audience: string): boolean
}

/** What a configuration says beside the account. */
export interface FederationPlace {
  readonly project: Project
  /** Base URL of the emulator. */
  readonly url: string
}

/** One account's provider. */
interface Provider {
  readonly audience: string
  readonly secret: string
  readonly account: Account
}

/**
 * A federation with nobody in it. Its key is none of Google's, and made when first needed.
 *
 * @param now milliseconds since the epoch
 */
export function createFederation(now: () => number): Federation {
  const providers = new Map<string, Provider>()
  let made: Promise<IssuerKey> | undefined
  const key = (): Promise<IssuerKey> => {
    made ??= generateSigningKey()
    return made
  }
  const providerOf = (account: Account, project: Project): Provider => {
    const audience = providerName(account, project)
    const provider = providers.get(audience) ?? { audience, secret: newSecret(), account }
    providers.set(audience, provider)
    return provider
  }
  return {
    config: (account, { project, url }) => configOf(providerOf(account, project), url),
    subjectToken: async (secret) => {
      const found = [...providers.values()].find((provider) => provider.secret === secret)
      return found && sign(found, { key: await key(), now: now() })
    },
    principal: async (subjectToken, audience) => {
      const provider = providers.get(audience)
      if (!provider) return undefined
      const isValid = await holds(subjectToken, { audience, key: await key(), now: now() })
      return isValid ? principalOf(provider) : undefined
    },
    isProvider: (audience) => providers.has(audience),
  }
}

/** One pool for each account: a pool's identity may act as that account and no other. */
function providerName({ email }: Account, { number }: Project): string {
  const pool = `emulator-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`
  return `//iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${pool}/providers/emulator`
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}

function configOf({ audience, secret, account }: Provider, url: string): FederationConfig {
  return {
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${account.email}:generateAccessToken`,
    credential_source: {
      url: `${url}/emulator/v1/subject-token`,
      headers: { authorization: `Bearer ${secret}` },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
    universe_domain: 'googleapis.com',
  }
}

interface At {
  readonly key: IssuerKey
  /** Milliseconds since the epoch. */
  readonly now: number
}

function sign({ audience, account }: Provider, { key, now }: At): Promise<string> {
  const iat = Math.floor(now / 1000)
  const claims = { iss: 'https://ci.example', aud: audience, sub: account.email }
  return new SignJWT({ ...claims, iat, exp: iat + lifetimeSeconds })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .sign(key.privateKey)
}

function holds(token: string, { key, audience, now }: At & { audience: string }): Promise<boolean> {
  const options = { algorithms: ['RS256'], audience, requiredClaims: ['exp'] }
  return jwtVerify(token, key.publicKey, { ...options, currentDate: new Date(now) }).then(
    () => true,
    () => false,
  )
}

/** `principal://iam.googleapis.com/projects/…/workloadIdentityPools/…/subject/…` */
function principalOf({ audience, account }: Provider): Holder {
  const pool = audience.slice(2, audience.indexOf('/providers/'))
  const name = `principal://${pool}/subject/${account.email}`
  return { email: name, subject: name, actsAs: account.email }
}
