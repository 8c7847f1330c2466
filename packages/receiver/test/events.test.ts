import { describe, expect, test } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { audience, fixture, login, stranger } from './_receiver.ts'

test('without onDecision a flood is limited in the log as well', async () => {
  const entries: unknown[] = []
  const { receiver } = fixture({
    onDecision: undefined,
    log: (entry: unknown) => entries.push(entry),
  } as never)
  const start = entries.length
  for (let call = 0; call < 15; call += 1) await receiver.check({ headers: {} })
  expect(entries.length - start).toBe(10)
})

describe('onDecision', () => {
  test('is told of an allowed call', async () => {
    const { check, events } = fixture()
    await check({}, { method: 'GET', url: '/profiles/7?secret=1' })
    expect(events).toEqual([
      {
        outcome: 'allowed',
        code: undefined,
        caller: expect.objectContaining({ email: login }),
        method: 'GET',
        path: '/profiles/7',
        got: undefined,
        expected: undefined,
        cached: false,
        durationMs: expect.any(Number),
      },
    ])
  })

  test('is told what was got and what was expected', async () => {
    const { check, events } = fixture()
    await check({ audience: `${audience}/` })
    expect(events).toMatchObject([
      { outcome: 'denied', code: 'audience_mismatch', got: `${audience}/`, expected: audience },
    ])
  })

  test('gets long values cut', async () => {
    const { check, events } = fixture()
    await check({ audience: 'x y '.repeat(250) })
    expect(events[0]?.got).toHaveLength(257)
  })

  test('gets long paths and methods cut', async () => {
    const { receiver, events } = fixture()
    await receiver.check({ method: 'M'.repeat(300), url: '/x'.repeat(7_000), headers: {} })
    expect(events[0]?.path).toHaveLength(301)
    expect(events[0]?.method).toBe('[redacted]')
  })

  test('gets values that are no texts as JSON', async () => {
    const { check, events } = fixture()
    await check({ claims: { aud: [audience] } })
    expect(events[0]?.got).toBe(JSON.stringify([audience]))
  })

  test('what it throws changes no decision', async () => {
    const { check } = fixture({
      onDecision: () => {
        throw new Error('a listener')
      },
    })
    expect(await check()).toMatchObject({ allowed: true })
    expect(await check({ email: stranger })).toMatchObject({ allowed: false })
  })
})

test('with nobody to tell, decisions are the same', async () => {
  const { issuer } = fixture()
  const receiver = createReceiver({
    allow: [login],
    audience,
    keys: issuer.keys,
    unauthenticated: ['GET /ready'],
    log: false,
  })
  const headers = await issuer.headers({ email: login, audience })
  expect(await receiver.check({ headers })).toMatchObject({ allowed: true })
  expect(await receiver.check({ headers: {} })).toMatchObject({ allowed: false })
  expect(await receiver.check({ method: 'GET', url: '/ready', headers: {} })).toMatchObject({
    allowed: true,
  })
})
