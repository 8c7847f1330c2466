import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import type { ReceiverRules } from '../src/options.ts'
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

  test('says at its start that there is no audience, and again with newer rules', async () => {
    const rules = { allow: [login] }
    let given: ReceiverRules = { ...rules, audience }
    const { notices, check } = fixture({
      ...rules,
      audience: undefined as never,
      mode: 'report-only',
      latest: () => given,
    })
    const missing = {
      severity: 'WARNING',
      code: 'audience_not_found',
      message: expect.stringContaining('set audience or COUNTERSIGN_AUDIENCE to the URL'),
    }
    expect(notices).toMatchObject([{ code: 'rules_in_force' }, missing])
    await check()
    expect(notices).toHaveLength(3)
    given = { allow: [login, stranger] }
    await check()
    await check()
    expect(notices.slice(3)).toMatchObject([{ code: 'rules_in_force' }, missing])
  })

  test('with an audience there is nothing to say', () => {
    vi.stubEnv('COUNTERSIGN_AUDIENCE', audience)
    const options = { audience: undefined as never, mode: 'report-only' } as const
    expect(fixture(options).notices).toMatchObject([{ code: 'rules_in_force' }])
  })

  test('finds out who calls', async () => {
    const { check, events } = fixture({ allow: [], mode: 'report-only' })
    expect(await check()).toMatchObject({
      allowed: false,
      enforced: false,
      caller: { email: login },
    })
    expect(events).toMatchObject([
      { code: 'caller_not_allowed', got: login, expected: 'nothing: the allow-list is empty' },
    ])
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
