import { describe, expect, test, vi } from 'vitest'
import { flood } from './_flood.ts'
import { steadyCaller, underLoad } from './_load.ts'
import { callAs, warmService } from './_warm-service.ts'

describe('50,000 junk key ids', () => {
  test('ask once per cool-down, and harm no good caller', { timeout: 60_000 }, async () => {
    const { service, issuer } = await warmService()
    const steady = steadyCaller(service, () => issuer)
    let calls = 0
    /** By turns with the same token as before, and with a new one. */
    const caller = () => {
      calls += 1
      return calls % 2 === 0 ? steady() : callAs(issuer, service)
    }
    const attack = async () => {
      for (let round = 1; round <= 5; round += 1) {
        const codes = await flood(service.url, 10_000, service.clock.time)
        expect(codes).toEqual({ '401 key_unknown': 10_000 })
        expect(service.keyServer.requests).toBe(1 + round)
        service.clock.time += 30_000
      }
    }
    const outcomes = await underLoad(caller, attack, 2)
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(outcomes['200']).toBeGreaterThan(20)
  })

  test('harm no good caller while the endpoint hangs either', async () => {
    const { service, issuer } = await warmService({ timeoutMs: 1000 })
    service.keyServer.answer = () => {}
    const caller = steadyCaller(service, () => issuer)
    const attacked = flood(service.url, 1000, service.clock.time)
    await vi.waitFor(() => expect(service.keyServer.requests).toBe(2), 5000)
    const startedAt = performance.now()
    expect(await caller()).toMatchObject({ outcome: '200' })
    expect(performance.now() - startedAt).toBeLessThan(800)
    await attacked
    expect(service.keyServer.requests).toBe(2)
  })
})
