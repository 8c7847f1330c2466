import { expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'

test('the issuer is Google, the keys and the token endpoint are here', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const response = await fetch(`${emulator.url}/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({
    issuer: 'https://accounts.google.com',
    jwks_uri: `${emulator.url}/oauth2/v3/certs`,
    token_endpoint: `${emulator.url}/token`,
    id_token_signing_alg_values_supported: ['RS256'],
  })
})

test('another path is a 404 in Google’s shape', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const response = await fetch(`${emulator.url}/nope`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
})
