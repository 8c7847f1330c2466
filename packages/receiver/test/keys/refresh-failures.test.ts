import { describe, expect, test, vi } from 'vitest'
import { googleKeys } from '../../src/keys/google-keys.ts'
import { first, fixture, hour, minute, typesOf } from '../_google-keys.ts'
import { answerKeys, answerText } from '../_key-server.ts'

describe('an endpoint that fails', () => {
  test('a good set outlives a broken one for a day, with an event each time', async () => {
    const { server, keys, clock, events } = await fixture()
    await keys.ready()
    server.answer = answerKeys([])
    clock.time += 24 * hour
    expect(await keys.key('first')).toBeDefined()
    expect(typesOf(events)).toEqual(['keys_refreshed', 'keys_refresh_failed', 'stale_keys_used'])
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
    expect(events.at(-1)?.type).toBe('stale_keys_used')
  })

  test('stale keys are told of once a minute, not once a call', async () => {
    const { server, keys, clock, events } = await fixture()
    await keys.ready()
    server.answer = answerText(503)
    clock.time += 2 * hour
    const told = () => typesOf(events).filter((type) => type === 'stale_keys_used').length
    for (let call = 0; call < 100; call += 1) await keys.key('first')
    expect(told()).toBe(1)
    clock.time += minute
    await keys.key('first')
    expect(told()).toBe(2)
  })

  test('past that day nothing can be verified', async () => {
    const { server, keys, clock } = await fixture()
    await keys.ready()
    server.answer = answerText(503)
    clock.time += 25 * hour + 1
    await expect(keys.key('first')).rejects.toThrow(/no keys could be had/)
  })

  test('is asked less and less often while stale keys serve, too', async () => {
    const { server, keys, clock } = await fixture()
    await keys.ready()
    server.answer = answerText(503)
    clock.time += 2 * hour
    for (let second = 0; second < 600; second += 1) {
      clock.time += 1000
      await keys.key('first')
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(server.requests).toBeLessThan(40)
  })

  test('that was slept through is asked again at once', async () => {
    const clock = { time: 1_700_000_000_000 }
    let asked = 0
    const fetch = async () => {
      asked += 1
      if (asked === 1) clock.time += 10 * minute
      return asked === 1 ? Promise.reject(new Error('frozen')) : Response.json({ keys: [first] })
    }
    const keys = googleKeys({ fetch, now: () => clock.time })
    await expect(keys.key('first')).rejects.toThrow(/no keys could be had/)
    expect(await keys.key('first')).toBeDefined()
  })

  test('that hangs keeps callers waiting once, for its time-out, while there are keys', async () => {
    const { server, keys, clock } = await fixture({ timeoutMs: 50 })
    await keys.ready()
    server.answer = () => {}
    clock.time += 2 * hour
    expect(await keys.key('first')).toBeDefined()
    clock.time += hour
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
    await vi.waitFor(() => expect(server.requests).toBe(3))
  })

  test('is asked less and less often, not once a call', async () => {
    const { server, keys, clock } = await fixture()
    server.answer = answerText(503)
    for (let second = 0; second < 600; second += 1) {
      clock.time += 1000
      await Promise.resolve(keys.key('first')).catch(() => {})
    }
    expect(server.requests).toBeGreaterThan(8)
    expect(server.requests).toBeLessThan(40)
  })

  test('is asked again a second later, whatever the clock: it may be set back', async () => {
    const { server, keys, clock } = await fixture()
    server.answer = answerText(503)
    await expect(keys.ready()).rejects.toThrow()
    server.answer = answerKeys([first])
    clock.time -= hour
    expect(await keys.key('first')).toBeDefined()
  })

  test('is asked at once again when it is back', async () => {
    const { server, keys, clock, events } = await fixture()
    server.answer = answerText(503)
    await expect(keys.ready()).rejects.toThrow()
    await expect(keys.ready()).rejects.toThrow()
    expect(server.requests).toBe(1)
    const [failed] = events
    expect(failed?.type === 'keys_refresh_failed' && failed.retryAt - clock.time).toBeGreaterThan(0)
    server.answer = answerKeys([first])
    clock.time += 1001
    expect(await keys.key('first')).toBeDefined()
    expect(keys.health().lastError).toBeUndefined()
  })

  test('an attempt frozen past its deadline is begun anew by the next call, with no back-off', async () => {
    const { server, keys, clock } = await fixture()
    server.answer = () => {}
    const frozen = Promise.resolve(keys.key('first'))
    frozen.catch(() => {})
    await vi.waitFor(() => expect(server.requests).toBe(1))
    clock.time += 10 * minute
    server.answer = answerKeys([first])
    expect(await keys.key('first')).toBeDefined()
    await expect(frozen).rejects.toThrow(/no keys could be had/)
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
  })
})
