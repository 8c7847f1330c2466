import { createHash, randomBytes } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { AwsFederationConfig, FederationConfig } from '../credentials.ts'
import type { Account, Project } from './accounts.ts'
import type { CredentialsContext, Holder } from './credentials.ts'
import { generateSigningKey, type IssuerKey } from './keys.ts'

/** GitHub's tokens live five minutes. */
const lifetimeSeconds = 300

/** The two names of a JWT. */
const jwtTypes: readonly string[] = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
]

/** A provider of foreign JWTs, and the pools of Google that trust it. */
export interface Federation extends FederationProviders {
  /** The configuration with which a foreign machine can act as an account. */
  config(account: Account, context: CredentialsContext): FederationConfig
  /** A subject token for the holder of this secret, if it is from a configuration. */
  subjectToken(secret: string): Promise<string | undefined>
}

/** One account's provider. */
interface JwtProvider extends Provider {
  secret: string
}

/**
 * Starts without providers. It has a key of its own, which is made on the first use.
 *
 * @param now milliseconds since the epoch
 */
export function createFederation(now: () => number): Federation {
  const providers = new Map<string, JwtProvider>()
  let made: Promise<IssuerKey> | undefined
  function key(): Promise<IssuerKey> {
    made ??= generateSigningKey()
    return made
  }
  function providerOf(account: Account, project: Project): JwtProvider {
    const audience = providerName(account, project, 'emulator')
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
    principal: async ({ token, type }, audience) => {
      const provider = providers.get(audience)
      if (!provider || !jwtTypes.includes(type)) return undefined
      const isValid = await isSignatureValid(token, { audience, key: await key(), now: now() })
      return isValid ? principalOf(provider, provider.account.email) : undefined
    },
    isProvider: (audience) => providers.has(audience),
  }
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}

function configOf(provider: JwtProvider, url: string): FederationConfig {
  return {
    ...commonConfig(provider, url),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    credential_source: {
      url: `${url}/emulator/v1/subject-token`,
      headers: { authorization: `Bearer ${provider.secret}` },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
  }
}

interface At {
  key: IssuerKey
  /** Milliseconds since the epoch. */
  now: number
}

function sign({ audience, account }: Provider, { key, now }: At): Promise<string> {
  const iat = Math.floor(now / 1000)
  const claims = { iss: 'https://ci.example', aud: audience, sub: account.email }
  return new SignJWT({ ...claims, iat, exp: iat + lifetimeSeconds })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .sign(key.privateKey)
}

function isSignatureValid(
  token: string,
  { key, audience, now }: At & { audience: string },
): Promise<boolean> {
  const options = { algorithms: ['RS256'], audience, requiredClaims: ['exp'] }
  return jwtVerify(token, key.publicKey, { ...options, currentDate: new Date(now) }).then(
    () => true,
    () => false,
  )
}

/** Providers of foreign tokens, all of one kind: one for each account. */
export interface FederationProviders {
  /** Whether this is the name of a provider. */
  isProvider(audience: string): boolean
  /** The federated principal of a subject token, if its provider accepts it. */
  principal(subject: SubjectToken, audience: string): Promise<Holder | undefined>
}

/** A foreign token in a request to the Security Token Service. */
export interface SubjectToken {
  token: string
  /** Its `subject_token_type`. */
  type: string
}

/** One account's provider of a pool. */
export interface Provider {
  /** Its full name. */
  audience: string
  account: Account
}

/** The properties that the configurations of all providers have. */
type CommonConfig = Pick<
  FederationConfig & AwsFederationConfig,
  'type' | 'audience' | 'token_url' | 'service_account_impersonation_url' | 'universe_domain'
>

/**
 * The full name of an account's provider. Each account has a pool, whose identities can act as that
 * account only.
 */
export function providerName({ email }: Account, { number }: Project, provider: string): string {
  const pool = `emulator-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`
  return `//iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${pool}/providers/${provider}`
}

/** The part of a configuration that does not depend on its subject tokens. */
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
 */
export function principalOf({ audience, account }: Provider, subject: string): Holder {
  const pool = audience.slice(2, audience.indexOf('/providers/'))
  const name = `principal://${pool}/subject/${subject}`
  return { email: name, subject: name, actsAs: account.email }
}
