import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { ServiceAccountKey } from '../../credential-files.ts'
import type { Account, Project } from '../accounts.ts'

/** The keys that service accounts sign assertions with. */
export interface ServiceAccountKeys {
  /** An account's key file, made on demand. */
  file(account: Account, where: KeyFilePlace): Promise<ServiceAccountKey>
  /** The public half of an account's key, if one was made. */
  publicKey(email: string): Promise<KeyObject | undefined>
  /** An account's key to sign with, made on demand. */
  signing(email: string): Promise<AccountKey>
}

/** The private half of an account's key, and its name. */
export interface AccountKey {
  readonly keyId: string
  readonly privateKey: KeyObject
}

/** What a key file says beside the key. */
export interface KeyFilePlace {
  readonly project: Project
  /** Base URL of the emulator. */
  readonly url: string
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const generate = promisify(generateKeyPair)

/** One RSA key per account: a few 100 ms each, so none is made before it is asked for. */
export function createServiceAccountKeys(): ServiceAccountKeys {
  const pairs = new Map<string, Promise<KeyPair>>()
  const pairOf = (email: string): Promise<KeyPair> => {
    const pair = pairs.get(email) ?? generate('rsa', { modulusLength: 2048 })
    pairs.set(email, pair)
    return pair
  }
  return {
    file: async (account, where) => keyFile(await pairOf(account.email), account, where),
    publicKey: async (email) => (await pairs.get(email))?.publicKey,
    signing: async (email) => {
      const { publicKey, privateKey } = await pairOf(email)
      return { keyId: keyId(publicKey), privateKey }
    },
  }
}

function keyFile(
  pair: KeyPair,
  account: Account,
  { project, url }: KeyFilePlace,
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
