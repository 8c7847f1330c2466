import type { IssuerKey } from './signing-key.ts'

const dayMs = 24 * 60 * 60 * 1000

/** Google's certificates live about two weeks; a laptop's emulator may run longer. */
const lifetimeMs = 365 * dayMs

/**
 * A key's certificate as Google publishes it: self-signed, sha256WithRSAEncryption.
 *
 * The library is loaded when a certificate is first asked for: it takes a tenth of a second, most
 * clients read the JWK set, and it wants `reflect-metadata`, which changes a global.
 *
 * @param key the key pair
 * @param now milliseconds since the epoch; it is valid from a day earlier, whatever the clocks say
 * @returns PEM
 */
export async function selfSignedCertificate(key: IssuerKey, now: number): Promise<string> {
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=federated-signon.system.gserviceaccount.com',
    keys: key,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs),
  })
  return `${certificate.toString('pem')}\n`
}
