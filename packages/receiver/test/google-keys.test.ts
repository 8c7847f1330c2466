import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type GoogleKeysOptions, googleKeys } from '../src/google-keys.ts'
import type { KeyEvent } from '../src/key-events.ts'
import type { KeySource } from '../src/key-source.ts'
import { answerKeys, answerText, type KeyServer, publicJwk, startKeyServer } from './_key-server.ts'

const minute = 60_000
const hour = 60 * minute
const first = publicJwk('first')
const second = publicJwk('second')

interface Fixture {
  server: KeyServer
  keys: KeySource
  clock: { time: number }
  events: KeyEvent[]
}

async function fixture(options: GoogleKeysOptions = {}): Promise<Fixture> {
  const server = await startKeyServer(answerKeys([first]))
  const clock = { time: 1_700_000_000_000 }
  const events: KeyEvent[] = []
  const keys = googleKeys({
    url: server.url,
    now: () => clock.time,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { server, keys, clock, events }
}

const typesOf = (events: readonly KeyEvent[]) => events.map(({ type }) => type)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('fetching keys', () => {
  test('a hundred first calls cause one fetch', async () => {
    const { server, keys } = await fixture()
    const found = await Promise.all(Array.from({ length: 100 }, () => keys.key('first')))
    expect(new Set(found).size).toBe(1)
    expect(server.requests).toBe(1)
  })

  test('a key at hand is answered without a promise, and always the same', async () => {
    const { keys } = await fixture()
    const waited = await keys.key('first')
    expect(waited?.asymmetricKeyType).toBe('rsa')
    expect(keys.key('first')).toBe(waited)
  })

  test('a key that stays in the set stays the same object after a refresh', async () => {
    const { server, keys, clock } = await fixture()
    const before = await keys.key('first')
    server.answer = answerKeys([first, second])
    clock.time += 2 * hour
    expect(await keys.key('second')).toBeDefined()
    expect(keys.key('first')).toBe(before)
  })

  test('keys are renewed in the background before they run out', async () => {
    const { server, keys, clock, events } = await fixture()
    await keys.ready()
    clock.time += 55 * minute
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
    await vi.waitFor(() => expect(events).toHaveLength(2))
    expect(server.requests).toBe(2)
    expect(typesOf(events)).toEqual(['keys_refreshed', 'keys_refreshed'])
  })

  test.each([
    [0, 42],
    [0.999_999, 53],
  ])(
    'they are renewed at 70 to 90 %% of their time, as chance has it: %d',
    async (chance, atMinute) => {
      vi.spyOn(Math, 'random').mockReturnValue(chance)
      onTestFinished(() => void vi.restoreAllMocks())
      const { server, keys, clock } = await fixture()
      await keys.ready()
      clock.time += atMinute * minute - 1
      keys.key('first')
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(server.requests).toBe(1)
      clock.time += minute + 1
      keys.key('first')
      await vi.waitFor(() => expect(server.requests).toBe(2))
    },
  )

  test('keys from the future are asked for again: the clock was set back', async () => {
    const { server, keys, clock } = await fixture()
    await keys.ready()
    clock.time -= 24 * hour
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
    await vi.waitFor(() => expect(keys.health().fetchedAt).toBe(clock.time))
    expect(server.requests).toBe(2)
  })

  test('a key that was rotated out is gone once the set ran out', async () => {
    const { server, keys, clock } = await fixture()
    await keys.ready()
    server.answer = answerKeys([second])
    clock.time += 2 * hour
    expect(await keys.key('first')).toBeUndefined()
  })
})

describe('an endpoint that fails', () => {
  test.each([
    ['is down', answerText(503)],
    ['answers HTML', answerText(200, '<html>')],
    ['answers an empty set', answerKeys([])],
    ['answers null', answerText(200, 'null')],
    ['redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
    ['answers more than 256 KB', answerText(200, ' '.repeat(257 * 1024))],
    ['answers only a short key', answerKeys([publicJwk('first', { modulusLength: 1024 })])],
  ] satisfies [string, KeyServer['answer']][])(
    'a cold start fails when it %s',
    async (_, answer) => {
      const { server, keys } = await fixture()
      server.answer = answer
      await expect(keys.key('first')).rejects.toThrow(/no keys could be had from http/)
      await expect(keys.ready()).rejects.toThrow(/no keys could be had/)
    },
  )

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

  test('that sends a good set in 256 KB is heard, and in more is not', async () => {
    const { server, keys } = await fixture()
    const text = JSON.stringify({ keys: [first] })
    server.answer = answerText(200, text.padEnd(256 * 1024 + 1))
    await expect(keys.ready()).rejects.toThrow(/no keys could be had/)
    expect(keys.health().lastError).toMatch(/is over 262144 bytes$/)
    const other = await fixture()
    other.server.answer = answerText(200, text.padEnd(256 * 1024))
    await expect(other.keys.ready()).resolves.toBeUndefined()
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

  test('a hanging one is given up after the time-out', async () => {
    const { server, keys } = await fixture({ timeoutMs: 50 })
    server.answer = () => {}
    await expect(keys.key('first')).rejects.toThrow(/no keys could be had/)
  })

  test('a fetch that heeds no signal is given up too, and its late answer is not taken', async () => {
    const late = Promise.withResolvers<Response>()
    const keys = googleKeys({ timeoutMs: 50, fetch: () => late.promise })
    await expect(keys.key('first')).rejects.toThrow(/no keys could be had/)
    late.resolve(Response.json({ keys: [first] }))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(keys.health().kids).toEqual([])
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

describe('an unknown key id', () => {
  test('asks again, so a key that was announced since is found', async () => {
    const { server, keys, events } = await fixture()
    await keys.ready()
    server.answer = answerKeys([first, second])
    expect(await keys.key('second')).toBeDefined()
    expect(server.requests).toBe(2)
    expect(typesOf(events)).toEqual(['keys_refreshed', 'keys_refreshed'])
  })

  test('that many callers come with at once is found for all of them', async () => {
    const { server, keys } = await fixture()
    await keys.ready()
    server.answer = (response) => {
      setTimeout(() => answerKeys([first, second])(response), 20)
    }
    const found = await Promise.all(Array.from({ length: 100 }, () => keys.key('second')))
    expect(found.filter((key) => key === undefined)).toEqual([])
    expect(server.requests).toBe(2)
  })

  test('asks once per cool-down, however many there are', async () => {
    const { server, keys, clock, events } = await fixture()
    await keys.ready()
    for (let index = 0; index < 1000; index += 1) {
      expect(await keys.key(`junk-${index}`)).toBeUndefined()
    }
    expect(server.requests).toBe(2)
    expect(typesOf(events)).toEqual(['keys_refreshed', 'keys_refreshed', 'kid_unknown'])
    clock.time += 30_001
    await keys.key('junk')
    expect(server.requests).toBe(3)
  })

  test('asks again although the clock was set back within the cool-down', async () => {
    const { server, keys, clock } = await fixture()
    await keys.ready()
    await keys.key('junk')
    clock.time -= hour
    server.answer = answerKeys([first, second])
    await vi.waitFor(async () => expect(await keys.key('second')).toBeDefined())
  })

  test('that comes first of all asks no second time', async () => {
    const { server, keys } = await fixture()
    expect(await keys.key('junk')).toBeUndefined()
    expect(server.requests).toBe(1)
  })

  test('is our failure, not the token’s, while nobody can be asked', async () => {
    const { server, keys } = await fixture()
    await keys.ready()
    server.answer = answerText(503)
    await expect(keys.key('second')).rejects.toThrow(/no keys could be had/)
    await expect(keys.key('third')).rejects.toThrow(/no keys could be had/)
    expect(keys.key('first')).not.toBeInstanceOf(Promise)
    expect(server.requests).toBe(2)
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

describe('options', () => {
  test.each([
    [{ url: 'http://example.com/certs' }, /write an https URL/],
    [{ url: 'certs' }, /write an https URL/],
    [{ timeoutMs: -1 }, /timeoutMs is -1: write whole milliseconds, 1 or more/],
    [{ timeoutMs: 1.5 }, /timeoutMs is 1.5/],
    [{ timeoutMs: 0 }, /timeoutMs is 0/],
    [{ timeoutMs: 5e9 }, /timeoutMs is 5000000000/],
    [{ staleForMs: Number.NaN }, /staleForMs is NaN/],
    [{ staleMs: 1 }, /googleKeys options has no "staleMs": write one of url, fetch/],
    [{ fetch: 'https://keys.example' }, /googleKeys fetch is "https/],
    [7, /googleKeys options is 7: write an object/],
    [{ cooldownMs: Number.POSITIVE_INFINITY }, /cooldownMs is Infinity/],
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

describe('a fetch of your own', () => {
  test('that answers without a body has no keys', async () => {
    const keys = googleKeys({ fetch: async () => new Response(null) })
    await expect(keys.ready()).rejects.toThrow(/no keys could be had/)
  })

  test('may reject with anything', async () => {
    const keys = googleKeys({ url: 'https://keys.example', fetch: () => Promise.reject('down') })
    await expect(keys.ready()).rejects.toThrow(/no keys could be had/)
    expect(keys.health().lastError).toBe('no keys could be had from https://keys.example/')
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
    expect(keys.health().kids).toEqual(['emulator-1'])
  })

  test('a url in code wins', async () => {
    const { keys, server } = await fixture()
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:9')
    await googleKeys({ url: server.url }).ready()
    await keys.ready()
    expect(server.requests).toBe(2)
  })
})
