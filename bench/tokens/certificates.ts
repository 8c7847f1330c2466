import { sign, X509Certificate } from 'node:crypto'
import type { Issuer } from './issuer.ts'

/**
 * The issuer's key as Google's `/oauth2/v1/certs` has it: a PEM certificate by key id. Certificates
 * are read anew at each use, which costs more than a bare key would.
 */
export function certificatesOf(issuer: Issuer): Record<string, string> {
  const content = toBeSigned(issuer)
  const signature = sign('RSA-SHA256', content, issuer.privateKey)
  const der = sequence(content, signatureAlgorithm, bitString(signature))
  return { [issuer.kid]: new X509Certificate(der).toString() }
}

/** RFC 5280 section 4.1, version 1: no serial that means anything, and no extensions. */
function toBeSigned({ publicKey }: Issuer): Buffer {
  const name = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from('signon')))))
  const validity = sequence(time(Date.now() - 86_400_000), time(Date.now() + 86_400_000))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(element(0x02, Buffer.of(1)), signatureAlgorithm, name, validity, name, key)
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function bitString(bytes: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(0), bytes]))
}

function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return element(0x17, Buffer.from(text.slice(2)))
}

/** One DER element (X.690 section 8.1). */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const lengthBytes = length < 128 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content])
}

/** sha256WithRSAEncryption, and the attribute type of a common name. */
const signatureAlgorithm: Buffer = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
const commonName: Buffer = Buffer.from('0603550403', 'hex')
