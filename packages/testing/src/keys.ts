import { createHash, createPublicKey, generateKeyPair, KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeySource } from '@countersign/receiver'
import type { PublicJwk, TestIssuerOptions } from './test-issuer.ts'

/** The key that signs, and its public half in both forms. */
export interface IssuerKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  jwk: PublicJwk
}

const generate = promisify(generateKeyPair)

/** Reads the given key, or generates one. */
export async function issuerKey(given: TestIssuerOptions['signingKey']): Promise<IssuerKey> {
  if (given === undefined) return generateIssuerKey()
  if (given.kid === '')
    throw new TypeError('signingKey.kid must not be empty: write the id of the key')
  const privateKey = keyObject(given.privateKey)
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'rsa') {
    throw new TypeError(
      'signingKey.privateKey must be a private RSA key: write one, or leave signingKey out',
    )
  }
  return withPublicHalf(privateKey, given.kid)
}

/** Generates a key of the kind with which Google signs ID tokens. */
export async function generateIssuerKey(): Promise<IssuerKey> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 })
  return withPublicHalf(privateKey)
}

type PrivateKey = NonNullable<TestIssuerOptions['signingKey']>['privateKey']

function keyObject(key: PrivateKey): KeyObject {
  if (!('extractable' in key)) return key
  if (key.extractable) return KeyObject.from(key)
  throw new TypeError(
    'signingKey.privateKey must be extractable: generate the CryptoKey with extractable set to true',
  )
}

function withPublicHalf(privateKey: KeyObject, kid?: string): IssuerKey {
  const publicKey = createPublicKey(privateKey)
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const name = kid ?? nameOf(n)
  const jwk: PublicJwk = { kty: 'RSA', alg: 'RS256', use: 'sig', kid: name, n, e }
  return { kid: name, privateKey, publicKey, jwk }
}

/** Google's key ids have 40 hexadecimal digits, too. */
function nameOf(modulus: string): string {
  return createHash('sha256').update(modulus).digest('hex').slice(0, 40)
}

/** Creates the key source of one key. */
export function keySource({ kid, publicKey }: IssuerKey): KeySource {
  return {
    key: (name) => (name === kid ? publicKey : undefined),
    ready: async () => {},
    health: () => ({ kids: [kid] }),
  }
}

/** An attacker's keys: no receiver knows them. */
export interface Strangers {
  rsa: IssuerKey
  /** A private key on P-256. */
  ec: KeyObject
  /** A private Ed25519 key. */
  ed: KeyObject
}

/** Generates one key of each kind. */
export async function generateStrangers(): Promise<Strangers> {
  const [rsa, ec, ed] = await Promise.all([
    generateIssuerKey(),
    generate('ec', { namedCurve: 'P-256' }),
    generate('ed25519', {}),
  ])
  return { rsa, ec: ec.privateKey, ed: ed.privateKey }
}
