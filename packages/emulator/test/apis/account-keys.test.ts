import { X509Certificate } from 'node:crypto'
import { createLocalJWKSet, importPKCS8, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, type ServiceAccountKey, startEmulator } from '../../src/index.ts'
import { loginEmail, samplePolicy } from '../policy.ts'

let emulator: Emulator
let file: ServiceAccountKey
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  file = await emulator.serviceAccountKey('login')
})
afterAll(() => emulator.stop())

async function signed(): Promise<string> {
  const key = await importPKCS8(file.private_key, 'RS256')
  const header = { alg: 'RS256', kid: file.private_key_id }
  return new SignJWT({ iss: loginEmail }).setProtectedHeader(header).sign(key)
}

test.for(['/service_accounts/v1/jwk', '/robot/v1/metadata/jwk'])(
  '%s has the key of an account, as a JWKS',
  async (path) => {
    const answer = await fetch(`${emulator.url}${path}/${loginEmail}`)
    expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=/)
    const keys = createLocalJWKSet((await answer.json()) as JSONWebKeySet)
    expect((await jwtVerify(await signed(), keys)).payload.iss).toBe(loginEmail)
  },
)

test('the key file names its certificate', async () => {
  const answer = await fetch(file.client_x509_cert_url)
  const certificates = (await answer.json()) as Record<string, string>
  expect(Object.keys(certificates)).toEqual([file.private_key_id])
  const certificate = new X509Certificate(certificates[file.private_key_id] ?? '')
  expect(certificate.subject).toBe(`CN=${file.client_id}`)
  expect((await jwtVerify(await signed(), certificate.publicKey)).payload.iss).toBe(loginEmail)
})

test('the same at its other address', async () => {
  const path = `/service_accounts/v1/metadata/x509/${encodeURIComponent(loginEmail)}`
  expect((await fetch(emulator.url + path)).status).toBe(200)
})

test.for(['jwk', 'metadata/x509'])('%s of an unknown account: 404', async (path) => {
  const url = `${emulator.url}/service_accounts/v1/${path}/eve-run@evil.iam.gserviceaccount.com`
  expect((await fetch(url)).status).toBe(404)
})
