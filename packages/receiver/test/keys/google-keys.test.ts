import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../../src/create-receiver.ts'
import { type GoogleKeysOptions, googleKeys } from '../../src/keys/google-keys.ts'
import { first, fixture, hour } from '../_google-keys.ts'
import { answerKeys, answerText, publicJwk, startKeyServer } from '../_key-server.ts'
import { audience, login } from '../_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('options', () => {
  test.each([
    [
      { url: 'http://example.com/certs' },
      /googleKeys url must be an https URL, or http on 127.0.0.1, but is/,
    ],
    [{ url: 'certs' }, /googleKeys url must be an https URL, or http on 127.0.0.1, but is/],
    [
      { timeoutMs: -1 },
      /timeoutMs must be whole milliseconds from 1 to 2147483647, but is -1: write 5000/,
    ],
    [{ timeoutMs: 1.5 }, /timeoutMs must .* but is 1.5/],
    [{ timeoutMs: 0 }, /timeoutMs must .* but is 0/],
    [{ timeoutMs: 5e9 }, /timeoutMs must .* but is 5000000000/],
    [
      { staleForMs: Number.NaN },
      /staleForMs must be milliseconds, 0 or more, but is NaN: write 86400000/,
    ],
    [{ staleMs: 1 }, /googleKeys options has no "staleMs": write one of url, fetch/],
    [{ fetch: 'https://keys.example' }, /googleKeys fetch must be a function, but is "https/],
    [7, /googleKeys options must be an object, but is 7: write/],
    [{ cooldownMs: Number.POSITIVE_INFINITY }, /cooldownMs must .* but is Infinity/],
  ])('%j stops the start', (options, message) => {
    expect(() => googleKeys(options as GoogleKeysOptions)).toThrow(message)
    expect(() => googleKeys(options as GoogleKeysOptions)).toThrow(TypeError)
  })

  test('stale keys and a cool-down can be done without', async () => {
    const { server, keys, clock } = await fixture({ staleForMs: 0, cooldownMs: 0 })
    await keys.ready()
    await keys.key('junk')
    await keys.key('more junk')
    expect(server.requests).toBe(3)
    server.answer = answerText(503)
    clock.time += 2 * hour
    await expect(keys.key('first')).rejects.toThrow(/no keys could be had/)
  })

  test("Google's endpoint is asked unless told otherwise", async () => {
    const fetch = vi.fn(async (_url: string) => Response.json({ keys: [first] }))
    await googleKeys({ fetch }).ready()
    expect(fetch.mock.calls[0]?.[0]).toBe('https://www.googleapis.com/oauth2/v3/certs')
  })

  test('what a listener throws is ignored', async () => {
    const { keys } = await fixture({
      onEvent: () => {
        throw new Error('a listener')
      },
    })
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  test('what a listener rejects with is ignored', async () => {
    const { keys } = await fixture({ onEvent: () => Promise.reject(new Error('a listener')) })
    await expect(keys.ready()).resolves.toBeUndefined()
  })
})

describe('health', () => {
  test('says nothing before the first fetch', async () => {
    const { keys } = await fixture()
    expect(keys.health()).toEqual({ kids: [] })
  })

  test('holds the times of the set, and the last error', async () => {
    const { server, keys, clock } = await fixture()
    const fetchedAt = clock.time
    await keys.ready()
    server.answer = answerText(503)
    clock.time += 2 * hour
    await keys.key('first')
    expect(keys.health()).toEqual({
      kids: ['first'],
      fetchedAt,
      freshUntil: fetchedAt + hour,
      usableUntil: fetchedAt + 25 * hour,
      lastError: `no keys could be had from ${server.url}: the key endpoint answered 503`,
    })
  })
})

describe('under the emulator', () => {
  test("its keys replace Google's, and only those that say what they are count", async () => {
    const server = await startKeyServer(
      answerKeys([publicJwk('emulator-1'), first, { kid: { toString: 1 } }, null as never]),
    )
    vi.stubEnv('COUNTERSIGN_EMULATOR', new URL(server.url).origin)
    const keys = googleKeys()
    await keys.ready()
    expect(keys.health()).toMatchObject({
      kids: ['emulator-1'],
      emulator: new URL(server.url).origin,
    })
    const receiver = createReceiver({ allow: [login], audience, keys, log: false })
    expect(receiver.health().emulator).toBe(new URL(server.url).origin)
  })

  test('a url in code wins', async () => {
    const { keys, server } = await fixture()
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:9')
    await googleKeys({ url: server.url }).ready()
    await keys.ready()
    expect(server.requests).toBe(2)
  })
})
