import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { generateIssuerKey, type IssuerKey } from '../issuer-key.ts'

/** Keys that no receiver was told of: an attacker's. */
export interface Strangers {
  rsa: IssuerKey
  /** A private key on P-256. */
  ec: KeyObject
  /** A private Ed25519 key. */
  ed: KeyObject
}

const generate = promisify(generateKeyPair)

/** Makes one key of each kind. */
export async function generateStrangers(): Promise<Strangers> {
  const [rsa, ec, ed] = await Promise.all([
    generateIssuerKey(),
    generate('ec', { namedCurve: 'P-256' }),
    generate('ed25519', {}),
  ])
  return { rsa, ec: ec.privateKey, ed: ed.privateKey }
}
