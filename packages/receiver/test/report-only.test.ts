import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { audience, fixture, login, stranger } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('report-only', () => {
  test('starts with an empty list and no audience, and denies nobody', async () => {
    const { receiver, issuer, events } = fixture()
    expect(receiver).toBeDefined()
    const discovering = createReceiver({
      allow: [],
      mode: 'report-only',
      keys: issuer.keys,
      log: false,
      onDecision: (event) => events.push(event),
    })
    const headers = await issuer.headers({ email: login, audience })
    expect(await discovering.check({ headers })).toMatchObject({ allowed: false, enforced: false })
    expect(events).toMatchObject([{ outcome: 'reported', code: 'audience_unavailable' }])
    expect(discovering.health().audiences).toBeUndefined()
    await expect(discovering.ready()).rejects.toThrow('no audience')
  })

  test('finds out who calls', async () => {
    const { check, events } = fixture({ allow: [], mode: 'report-only' })
    expect(await check()).toMatchObject({
      allowed: false,
      enforced: false,
      caller: { email: login },
    })
    expect(events).toMatchObject([{ code: 'caller_not_allowed', got: login }])
  })

  test('can be switched by the environment, and an option in code wins', async () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
    expect(await fixture().check({ email: stranger })).toMatchObject({ enforced: false })
    expect(await fixture({ mode: 'enforce' }).check({ email: stranger })).toMatchObject({
      enforced: true,
    })
    vi.stubEnv('COUNTERSIGN_MODE', 'enforce')
    expect(await fixture().check({ email: stranger })).toMatchObject({ enforced: true })
  })
})
