import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { first, fixture, hour, minute, second, typesOf } from '../_google-keys.ts'
import { answerKeys, answerText } from '../_key-server.ts'

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
