import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A server's certificate, and the authority that signed it, all in PEM. */
export interface PrivateCertificate {
  authority: string
  cert: string
  key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const loopback = [{ type: 'ip', value: '127.0.0.1' }] as const

/**
 * What a company's own authority gives to a server inside, good for an hour.
 *
 * @param hosts its names; left out, it is for 127.0.0.1
 */
export async function createCertificate(
  hosts: readonly string[] = [],
): Promise<PrivateCertificate> {
  const names = hosts.map((value) => ({ type: 'dns', value }) as const)
  const [authorityKeys, keys] = await Promise.all([newKeys(), newKeys()])
  const times = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3.6e6) }
  const common = { signingAlgorithm: algorithm, ...times }
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...common,
    name: 'CN=Acme private authority',
    keys: authorityKeys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  const certificate = await X509CertificateGenerator.create({
    ...common,
    subject: 'CN=user-profiles',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [new SubjectAlternativeNameExtension(names.length > 0 ? names : [...loopback])],
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    authority: authority.toString('pem'),
    cert: certificate.toString('pem'),
    key: PemConverter.encode(key, 'PRIVATE KEY'),
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
