import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { importX509, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { profilesUrl, samplePolicy } from '../policy.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

async function served() {
  const emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
  const response = await fetch(`${emulator.url}/oauth2/v1/certs`)
  const certs = (await response.json()) as Record<string, string>
  const pem = certs[emulator.signingKey.kid] ?? ''
  return { emulator, response, certs, pem }
}

test('each kid has a real certificate, signed by its own key', async () => {
  const { emulator, response, certs, pem } = await served()
  await emulator.stop()
  expect(response.headers.get('cache-control')).toMatch(/^public, max-age=3600\b/)
  expect(Object.keys(certs)).toEqual([emulator.signingKey.kid])
  const certificate = new X509Certificate(pem)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.subject).toBe('CN=federated-signon.system.gserviceaccount.com')
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
  expect(new Date(certificate.validFrom)).toEqual(new Date('2026-11-21T12:00:00Z'))
  expect(new Date(certificate.validTo)).toEqual(new Date('2027-11-22T12:00:00Z'))
})

test('its key verifies the emulator’s tokens', async () => {
  const { emulator, pem } = await served()
  const token = await emulator.idToken('login', profilesUrl)
  await emulator.stop()
  const key = await importX509(pem, 'RS256')
  const { payload } = await jwtVerify(token, key, { currentDate: new Date(now) })
  expect(payload.aud).toBe(profilesUrl)
})

test('OpenSSL reads it', async () => {
  const { emulator, pem } = await served()
  await emulator.stop()
  const { status, stdout } = spawnSync('openssl', ['x509', '-noout', '-text'], { input: pem })
  // Left out where there is no openssl.
  if (status === null) return
  expect(stdout.toString()).toContain('Signature Algorithm: sha256WithRSAEncryption')
  expect(stdout.toString()).toContain('CN = federated-signon.system.gserviceaccount.com')
})
