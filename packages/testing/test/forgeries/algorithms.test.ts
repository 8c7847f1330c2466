import { createPublicKey } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { algorithmForgeries } from '../../src/forgeries/algorithms.ts'
import { openWorkshop } from '../../src/forgeries/workshop.ts'
import { generateIssuerKey, generateStrangers } from '../../src/keys.ts'
import { now, target } from '../_helpers.ts'

// A forgery that no verifier would fall for tests nothing: each is good for one that believes it.

const key = await generateIssuerKey()
const strangers = await generateStrangers()
const header = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
const drafts = algorithmForgeries(openWorkshop(target, { key, header, strangers, now }))

function tokenNamed(name: string): string {
  return drafts.find((draft) => draft.name === name)?.token ?? ''
}

test.each(['RS384', 'RS512', 'PS256'])('alg %s is signed so, with the genuine key', async (alg) => {
  const { kty, n, e } = key.jwk
  const { protectedHeader } = await compactVerify(
    tokenNamed(`alg ${alg}`),
    await importJWK({ kty, n, e } satisfies JWK, alg),
  )
  expect(protectedHeader.alg).toBe(alg)
})

test.each([
  { alg: 'ES256', privateKey: strangers.ec },
  { alg: 'EdDSA', privateKey: strangers.ed },
])("alg $alg is signed so, with an attacker's key", async ({ alg, privateKey }) => {
  const { protectedHeader } = await compactVerify(
    tokenNamed(`alg ${alg}`),
    createPublicKey(privateKey),
  )
  expect(protectedHeader.alg).toBe(alg)
})

test.each([
  { form: 'PEM text', secret: key.publicKey.export({ type: 'spki', format: 'pem' }) },
  { form: 'PKCS #1 PEM text', secret: key.publicKey.export({ type: 'pkcs1', format: 'pem' }) },
  { form: 'DER bytes', secret: key.publicKey.export({ type: 'spki', format: 'der' }) },
  { form: 'JWK text', secret: JSON.stringify(key.jwk) },
  { form: 'modulus', secret: Buffer.from(key.jwk.n, 'base64url') },
])(
  "alg HS256 is good for who takes the public key's $form as a secret",
  async ({ form, secret }) => {
    const token = tokenNamed(`alg HS256, the public key's ${form} as the secret`)
    const { protectedHeader } = await compactVerify(token, new Uint8Array(Buffer.from(secret)))
    expect(protectedHeader.alg).toBe('HS256')
  },
)

test('alg none has no signature at all', () => {
  const unsigned = drafts.filter(({ name }) => /^alg none/i.test(name))
  expect(unsigned).toHaveLength(4)
  expect(unsigned.every(({ token }) => token.endsWith('.') && token.split('.').length === 3)).toBe(
    true,
  )
})
