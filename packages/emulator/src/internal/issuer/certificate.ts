import { createHash, sign } from 'node:crypto'
import { type IssuerKey, keyObjectOf } from './signing-key.ts'

/** Google's certificates live about two weeks; a laptop's emulator may run longer. */
const lifetimeMs = 365 * 24 * 60 * 60 * 1000

/**
 * A key's certificate as Google publishes it: self-signed, sha256WithRSAEncryption.
 *
 * Node has no call that makes one. A version 1 certificate (RFC 5280 section 4.1) is seven DER
 * fields, fewer lines than the global polyfill that the usual library asks for.
 *
 * @param key the key pair
 * @param now milliseconds since the epoch; it is valid from a day earlier, whatever the clocks say
 * @returns PEM
 */
export function selfSignedCertificate(key: IssuerKey, now: number): string {
  const publicKey = keyObjectOf(key.publicKey).export({ type: 'spki', format: 'der' })
  const name = distinguishedName('federated-signon.system.gserviceaccount.com')
  const validity = sequence(time(now - 24 * 60 * 60 * 1000), time(now + lifetimeMs))
  const toBeSigned = sequence(serial(publicKey), sha256WithRsa, name, validity, name, publicKey)
  const signature = sign('sha256', toBeSigned, keyObjectOf(key.privateKey))
  return pem(sequence(toBeSigned, sha256WithRsa, bitString(signature)))
}

/** 1.2.840.113549.1.1.11 with NULL parameters (RFC 4055 section 5). */
const sha256WithRsa = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
/** 2.5.4.3 */
const commonName = Buffer.from('0603550403', 'hex')

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))))
}

/** Positive, and the same for the same key. */
function serial(publicKey: Buffer): Buffer {
  const digits = createHash('sha256').update(publicKey).digest().subarray(0, 8)
  return der(0x02, Buffer.concat([Buffer.of(0x01), digits]))
}

/** UTCTime, which RFC 5280 section 4.1.2.5 wants before 2050. */
function time(ms: number): Buffer {
  const [date = ''] = new Date(ms).toISOString().replace(/[-:T]/g, '').split('.')
  return der(0x17, Buffer.from(`${date.slice(2)}Z`))
}

function bitString(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.of(0x00), content]))
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** Tag, length, value (X.690 section 8.1). Nothing here is longer than two length octets say. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const short = length < 0x80 ? [length] : [0x81, length]
  const octets = length < 0x100 ? short : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...octets), content])
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
