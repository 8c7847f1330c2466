import { createHash, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { ServiceAccountKey, UserCredentials } from '../credentials.ts'
import { type Account, type Project, strangerAccount } from './accounts.ts'
import { lifetimeSeconds } from './keys.ts'

/** The keys with which service accounts sign assertions. */
export interface ServiceAccountKeys {
  /** An account's key file, made on demand. */
  file(account: Account, context: CredentialsContext): Promise<ServiceAccountKey>
  /** The public half of an account's key, if one was made. */
  publicKey(email: string): Promise<KeyObject | undefined>
  /** An account's key to sign with, made on demand. */
  signing(email: string): Promise<AccountKey>
}

/** An account's key, and its name. */
interface AccountKey extends KeyPair {
  keyId: string
}

/** The project and URL in a credentials file. */
export interface CredentialsContext {
  project: Project
  /** Base URL of the emulator. */
  url: string
}

interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

const generate = promisify(generateKeyPair)

/** One RSA key per account. Each takes a few 100 ms, so it is made on the first request. */
export function createServiceAccountKeys(): ServiceAccountKeys {
  const pairs = new Map<string, Promise<KeyPair>>()
  function pairOf(email: string): Promise<KeyPair> {
    const pair = pairs.get(email) ?? generate('rsa', { modulusLength: 2048 })
    pairs.set(email, pair)
    return pair
  }
  return {
    file: async (account, context) => keyFile(await pairOf(account.email), account, context),
    publicKey: async (email) => (await pairs.get(email))?.publicKey,
    signing: async (email) => {
      const pair = await pairOf(email)
      return { ...pair, keyId: keyId(pair.publicKey) }
    },
  }
}

function keyFile(
  pair: KeyPair,
  account: Account,
  { project, url }: CredentialsContext,
): ServiceAccountKey {
  return {
    type: 'service_account',
    project_id: project.id,
    private_key_id: keyId(pair.publicKey),
    private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: account.email,
    client_id: account.subject,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: `${url}/token`,
    auth_provider_x509_cert_url: `${url}/oauth2/v1/certs`,
    client_x509_cert_url: `${url}/robot/v1/metadata/x509/${encodeURIComponent(account.email)}`,
    universe_domain: 'googleapis.com',
  }
}

/** 40 hexadecimal digits, as Google's are. */
function keyId(key: KeyObject): string {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** The OAuth client that people log in with. In reality it is gcloud's. */
export interface OAuthClient {
  id: string
  secret: string
}

/** The id of that client. */
export const emulatorClientId = '100000000000-emulator.apps.googleusercontent.com'

/** People who have logged in with gcloud. */
export interface Users {
  client: OAuthClient
  /** A person's credentials file, made on demand. */
  file(email: string, url: string): UserCredentials
  /** The person of a refresh token, if it is from such a file. */
  holder(refreshToken: string): Account | undefined
}

/** Starts without people: a refresh token is valid only if it is from a file that was requested. */
export function createUsers(): Users {
  const client = {
    id: emulatorClientId,
    secret: randomBytes(24).toString('base64url'),
  }
  const tokens = new Map<string, string>()
  const people = new Map<string, Account>()
  function tokenOf(email: string): string {
    const token = tokens.get(email) ?? `1//emulator-${randomBytes(48).toString('base64url')}`
    tokens.set(email, token)
    people.set(token, strangerAccount(email))
    return token
  }
  return {
    client,
    file: (email, url) => ({
      type: 'authorized_user',
      client_id: client.id,
      client_secret: client.secret,
      refresh_token: tokenOf(email),
      token_uri: `${url}/token`,
      universe_domain: 'googleapis.com',
    }),
    holder: (refreshToken) => people.get(refreshToken),
  }
}

/**
 * The `at_hash` claim, which binds an ID token to its access token (OpenID Connect Core section
 * 3.1.3.6).
 */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}

/** More than the services on a laptop use at a time. */
const maxTokens = 10_000

/** Opaque OAuth access tokens. They are valid for the emulator's APIs, and not at Google. */
export interface AccessTokens {
  /**
   * A new token.
   *
   * @param seconds how long it is valid, by default an hour
   */
  issue(holder: Holder, seconds?: number): string
  /** The holder of a token, if it was issued here and is still valid. */
  holder(token: string): Holder | undefined
  /** When a token ends, in milliseconds since the epoch; undefined if it isn't valid. */
  end(token: string): number | undefined
}

/** Who an access token was issued to: an account, a person, a federated principal. */
export interface Holder extends Account {
  /** The one account that it can act as; undefined if it can act as any account of the policy. */
  actsAs?: string
}

/**
 * A store of access tokens that keeps the newest.
 *
 * @param now milliseconds since the epoch
 */
export function createAccessTokens(now: () => number): AccessTokens {
  const issued = new Map<string, { holder: Holder; expiresAt: number }>()
  function valid(token: string): { holder: Holder; expiresAt: number } | undefined {
    const found = issued.get(token)
    return found && found.expiresAt > now() ? found : undefined
  }
  return {
    issue: (holder, seconds = lifetimeSeconds) => {
      const token = `ya29.c.emulator-${randomBytes(48).toString('base64url')}`
      issued.set(token, { holder, expiresAt: now() + seconds * 1000 })
      const [oldest] = issued.keys()
      if (oldest !== undefined && issued.size > maxTokens) issued.delete(oldest)
      return token
    },
    holder: (token) => valid(token)?.holder,
    end: (token) => valid(token)?.expiresAt,
  }
}
