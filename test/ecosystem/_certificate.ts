import { webcrypto } from 'node:crypto'

/** A server's key and certificate, as PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Makes a self-signed certificate for host names, good for an hour. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  await import('reflect-metadata') // @peculiar/x509 wants it
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import(
    '@peculiar/x509'
  )
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names = hosts.map((value) => ({ type: 'dns', value }) as const)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension(names)],
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
  return { key, cert: certificate.toString('pem') }
}
