import { createTestIssuer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { audience, fixture, login, stranger } from '../_receiver.ts'

describe('onDecision', () => {
  test('hears no claim whose signature does not hold', async () => {
    const { receiver, issuer, events } = fixture()
    const { authorization } = await issuer.headers({ email: login, audience: 'https://forged' })
    const forged = { authorization: `${authorization.slice(0, -6)}AAAAAA` }
    await receiver.check({ headers: forged })
    expect(events).toMatchObject([
      { code: 'audience_mismatch', got: undefined, expected: audience },
    ])
  })

  test('past the rate limit hears what costs no RSA check, and long lists cut', async () => {
    const allow = Array.from({ length: 30 }, (_, index) => `s${index}@acme.iam.gserviceaccount.com`)
    const { check, events } = fixture({ allow })
    for (let call = 0; call < 12; call += 1) await check({ audience: 'https://other.example' })
    expect(events[9]).toMatchObject({ got: 'https://other.example' })
    expect(events[11]).toMatchObject({ got: undefined, expected: audience })
    for (let call = 0; call < 12; call += 1) await check({ email: stranger })
    expect(events[23]).toMatchObject({ got: stranger, expected: expect.stringMatching(/^s0@/) })
    expect(events[23]?.expected).toHaveLength(257)
  })

  test('keys that fail while a denial is reported fail nothing else', async () => {
    const { issuer } = fixture()
    const failing = [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('down')
      },
    ]
    for (const key of failing) {
      const { check, events } = fixture({ keys: { ...issuer.keys, key } })
      const decision = await check({ audience: 'https://other.example' })
      expect(decision).toMatchObject({ denial: { code: 'audience_mismatch' } })
      expect(events[0]?.got).toBeUndefined()
    }
  })

  test('hears no claim where a key source fails to say which keys it has', async () => {
    const { issuer } = fixture()
    const health = () => {
      throw new Error('no health')
    }
    const { check, events } = fixture({ keys: { ...issuer.keys, health } })
    const decision = await check({ audience: 'https://other.example' })
    expect(decision).toMatchObject({ denial: { code: 'audience_mismatch' } })
    expect(events[0]?.got).toBeUndefined()
  })

  test("hears no claim of another issuer's token", async () => {
    const { receiver, events } = fixture()
    const other = await createTestIssuer()
    await receiver.check({ headers: await other.headers({ email: login, audience: 'https://b' }) })
    expect(events).toMatchObject([{ code: 'audience_mismatch', got: undefined }])
  })

  test('hears no claim of a token that names no key at hand', async () => {
    const { receiver, issuer, events } = fixture()
    const forgeries = await issuer.forgeries({ email: login, audience })
    for (const { headers, rawHeaders } of forgeries) await receiver.check({ headers, rawHeaders })
    const unsigned = events.filter(
      ({ code }) => code === 'key_unknown' || code === 'algorithm_not_allowed',
    )
    expect(unsigned.length).toBeGreaterThan(20)
    expect(unsigned.filter(({ got }) => got !== undefined)).toEqual([])
  })
})
