import { compactVerify, decodeProtectedHeader, EmbeddedJWK } from 'jose'
import { expect, test } from 'vitest'
import { forged, tokenOf } from '../_helpers.ts'

const { forgeries, jwks } = await forged()

function tokenNamed(name: string): string {
  return tokenOf(forgeries.find((forgery) => forgery.name === name))
}

test("the header's own key is good for who believes it", async () => {
  for (const kid of ['the genuine kid', 'its own kid']) {
    const token = tokenNamed(`jwk with an attacker's key, under ${kid}`)
    const { protectedHeader } = await compactVerify(token, EmbeddedJWK)
    expect(protectedHeader.kid === jwks.keys[0]?.kid).toBe(kid === 'the genuine kid')
  }
})

test('no kid that is forged is the genuine one', () => {
  const tokens = forgeries.filter(({ name }) => name.startsWith('kid ')).map(tokenOf)
  expect(tokens).toHaveLength(16)
  const kids = tokens.map((token) => decodeProtectedHeader(token).kid)
  expect(kids).not.toContain(jwks.keys[0]?.kid)
})
