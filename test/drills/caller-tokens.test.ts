import { createServiceFetch, metadataServer } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { type Caller, outcomeOf, startCaller } from './_caller.ts'
import { pass, underLoad } from './_load.ts'
import { answerMetadata, type MetadataAnswer } from './_metadata.ts'
import { audience, email } from './_names.ts'

const minute = 60_000

/** Tokens that are genuine, and of no use. */
const useless: Record<string, (caller: Caller) => MetadataAnswer> = {
  'for another audience':
    ({ issuer }) =>
    async (response) => {
      const token = await issuer.idToken({ email, audience: `${audience}/` })
      answerMetadata(200, token)(response, '')
    },
  'that is expired':
    ({ issuer, clock }) =>
    async (response) => {
      const issuedAt = new Date(clock.time - 60 * minute)
      const token = await issuer.idToken({ email, audience, issuedAt })
      answerMetadata(200, token)(response, '')
    },
}

describe.each(Object.entries(useless))('a token %s', (_, handOut) => {
  test('is sent nowhere, and the error says what to check', async () => {
    const caller = await startCaller()
    caller.metadata.answer = handOut(caller)
    const { serviceFetch, service } = caller
    await expect(serviceFetch(`${service.url}/profiles/7`)).rejects.toMatchObject({
      code: 'token_rejected',
      hint: expect.stringMatching(/^Check /),
    })
    expect(service.requests).toBe(0)
  })

  test('does not take the place of a good one', async () => {
    const caller = await startCaller()
    const { call, metadata, serviceFetch } = caller
    await call()
    metadata.answer = handOut(caller)
    caller.clock.time += 50 * minute
    const time = { step: 0.5, caller: call }
    const outcomes = await underLoad(call, () => pass(caller, 9.5, time), 2)
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(serviceFetch.health().audiences[0]?.lastError?.code).toBe('token_rejected')
  })
})

describe('the same token, handed out again in its last minutes', () => {
  test.each([
    [5, 'as Google’s metadata server does'],
    [1, 'as those of some GKE versions do'],
    [0, 'until it is spent'],
  ])('replaced %i minutes before its end, %s, is asked for seldom', async (minutes) => {
    const caller = await startCaller({ replacedMs: minutes * minute })
    const { call, clock, metadata } = caller
    await call()
    clock.time += 54 * minute
    const time = { step: 1 / 30, caller: call }
    const outcomes = await underLoad(call, () => pass(caller, 6.5, time), 2)
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(outcomes['200']).toBeGreaterThan(195)
    // At once and each 30 s from 3m45s before its end; the next one lasts.
    expect(metadata.asked).toBeGreaterThanOrEqual(2)
    expect(metadata.asked).toBeLessThanOrEqual(minutes === 5 ? 2 : 10)
  })
})

describe('a clock that is shifted by 10 minutes', () => {
  /** What three hours of calls, one each half minute, come to. */
  async function threeHours(skewMs: number): Promise<{ outcomes: string[]; caller: Caller }> {
    const caller = await startCaller()
    const outcomes: string[] = []
    caller.skew.ms = skewMs
    const call = async () => outcomes.push((await caller.call()).outcome)
    await pass(caller, 180, { step: 0.5, caller: call })
    return { outcomes, caller }
  }

  test('behind fails no call: a token issued in the future tells how much', async () => {
    const { outcomes, caller } = await threeHours(-10 * minute)
    expect(new Set(outcomes)).toEqual(new Set(['200']))
    // Not one was sent with a token that the receiver took for expired, and then repeated.
    expect(caller.events.filter(({ attempt }) => attempt > 1)).toEqual([])
    expect(caller.metadata.asked).toBeLessThan(20)
  })

  test('ahead fails no call either: what is handed out again is good, whatever this clock says', async () => {
    const { outcomes, caller } = await threeHours(10 * minute)
    expect(new Set(outcomes)).toEqual(new Set(['200']))
    expect(caller.events.filter(({ attempt }) => attempt > 1)).toEqual([])
    // For each of three tokens: each half minute from 3m45s before its seeming end, for 9 minutes.
    expect(caller.metadata.asked).toBeLessThan(65)
  })

  test('ahead is named by the error where the first token seems expired', async () => {
    const caller = await startCaller()
    const { serviceFetch, service, call, clock, skew } = caller
    expect(await outcomeOf(createOther(caller)(service.url))).toEqual({ outcome: '200' })
    clock.time += 54 * minute
    skew.ms = 10 * minute
    expect(await call()).toEqual({ outcome: 'token_rejected' })
    const { hint } = serviceFetch.health().audiences[0]?.lastError ?? {}
    expect(hint).toBe("Check this machine's clock and the identity source's.")
    clock.time += minute
    expect(await call()).toEqual({ outcome: '200' })
  })
})

/** Another process of the same service: it has had its token before. */
function createOther({ service, metadata, clock }: Caller) {
  return createServiceFetch({
    targets: [{ url: service.url, audience }],
    identity: metadataServer({ host: metadata.host }),
    now: () => clock.time,
  })
}
