import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, generateKeyPair, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { createTestIssuer, type TestIssuer } from '../src/index.ts'

const email = 'login@acme.iam.gserviceaccount.com'
const audience = 'https://search-123.us-central1.run.app'
const now = Date.UTC(2026, 10, 22)

/** Verifies with the library that has no line in common with this package. */
function verified(issuer: TestIssuer, token: string): ReturnType<typeof jwtVerify> {
  const keys = createLocalJWKSet(issuer.jwks() as JSONWebKeySet)
  return jwtVerify(token, keys, { audience, currentDate: new Date(now) })
}

test("a token has the header and the claims of Google's, and its signature holds", async () => {
  const issuer = await createTestIssuer({ now: () => now })
  const { protectedHeader, payload } = await verified(
    issuer,
    await issuer.idToken({ email, audience }),
  )
  expect(protectedHeader).toEqual({
    alg: 'RS256',
    kid: expect.stringMatching(/^[0-9a-f]{40}$/),
    typ: 'JWT',
  })
  expect(payload).toEqual({
    aud: audience,
    azp: payload.sub,
    email,
    email_verified: true,
    exp: now / 1000 + 3600,
    iat: now / 1000,
    iss: 'https://accounts.google.com',
    sub: expect.stringMatching(/^1[0-9]{20}$/),
  })
})

test('an account has the same sub with each issuer, and no other account has it', async () => {
  const issuers = await Promise.all([createTestIssuer(), createTestIssuer()])
  const tokens = await Promise.all([
    ...issuers.map((issuer) => issuer.idToken({ email, audience })),
    issuers[0].idToken({ email: 'search@acme.iam.gserviceaccount.com', audience }),
  ])
  const [first, second, other] = tokens.map((token) => decodeJwt(token).sub)
  expect(first).toBe(second)
  expect(first).not.toBe(other)
})

test('a token can be older, shorter, of another sub, and have claims more or fewer', async () => {
  const issuer = await createTestIssuer({ now: () => now })
  const token = await issuer.idToken({
    email,
    audience,
    subject: '42',
    issuedAt: new Date(now - 60_000),
    lifetimeSeconds: 120,
    claims: { email_verified: undefined, google: { organization_number: 7 } },
  })
  expect((await verified(issuer, token)).payload).toEqual({
    aud: audience,
    azp: '42',
    email,
    exp: now / 1000 + 60,
    google: { organization_number: 7 },
    iat: now / 1000 - 60,
    iss: 'https://accounts.google.com',
    sub: '42',
  })
})

test('headers carry such a token', async () => {
  const issuer = await createTestIssuer({ now: () => now })
  const { authorization } = await issuer.headers({ email, audience })
  expect(authorization).toBe(`Bearer ${await issuer.idToken({ email, audience })}`)
})

test('its keys are one public key, the same object each time', async () => {
  const issuer = await createTestIssuer()
  const [jwk] = issuer.jwks().keys
  const key = await issuer.keys.key(jwk?.kid ?? '')
  expect(key?.type).toBe('public')
  expect(issuer.keys.key(jwk?.kid ?? '')).toBe(key)
  expect(issuer.keys.key('another')).toBeUndefined()
  expect(issuer.keys.health()).toEqual({ kids: [jwk?.kid] })
  await issuer.keys.ready()
  expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('issuers do not accept one another', async () => {
  const [one, other] = await Promise.all([createTestIssuer(), createTestIssuer()])
  const token = await one.idToken({ email, audience })
  await expect(verified(other, token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test('a key that is given signs: a CryptoKey as well as a KeyObject', async () => {
  const cryptoKey = (await generateKeyPair('RS256', { extractable: true })).privateKey
  const keyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  for (const privateKey of [cryptoKey, keyObject]) {
    const issuer = await createTestIssuer({
      signingKey: { kid: 'emulator-1', privateKey },
      now: () => now,
    })
    const token = await issuer.idToken({ email, audience })
    expect((await verified(issuer, token)).protectedHeader.kid).toBe('emulator-1')
  }
})

test('a key that cannot sign RS256 is refused', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (const privateKey of [rsa.publicKey, ec.privateKey]) {
    await expect(createTestIssuer({ signingKey: { kid: 'a', privateKey } })).rejects.toThrow(
      new TypeError(
        'signingKey.privateKey must be a private RSA key: write one, or leave signingKey out',
      ),
    )
  }
  const { privateKey } = await generateKeyPair('RS256')
  await expect(createTestIssuer({ signingKey: { kid: 'a', privateKey } })).rejects.toThrow(
    new TypeError(
      'signingKey.privateKey must be extractable: generate the CryptoKey with extractable set to true',
    ),
  )
  await expect(
    createTestIssuer({ signingKey: { kid: '', privateKey: rsa.privateKey } }),
  ).rejects.toThrow(new TypeError('signingKey.kid must not be empty: write the id of the key'))
})
