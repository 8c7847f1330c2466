import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate for 127.0.0.1, and the authority that signed it, all in PEM. */
export interface PrivateCertificate {
  authority: string
  cert: string
  key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** What a company's own authority gives to a server inside. */
export async function createCertificate(): Promise<PrivateCertificate> {
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
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
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
