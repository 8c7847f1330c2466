import { expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'

test('the key set holds the public half of the signing key, and may be kept', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const response = await fetch(`${emulator.url}/oauth2/v3/certs`)
  expect(response.headers.get('cache-control')).toMatch(/^public, max-age=3600\b/)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await response.json()).toEqual({
    keys: [
      {
        alg: 'RS256',
        e: 'AQAB',
        kid: emulator.signingKey.kid,
        kty: 'RSA',
        // 2048 bits, base64url.
        n: expect.stringMatching(/^[\w-]{342}$/),
        use: 'sig',
      },
    ],
  })
})
