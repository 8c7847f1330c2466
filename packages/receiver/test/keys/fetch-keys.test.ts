import { describe, expect, test } from 'vitest'
import { googleKeys } from '../../src/keys/google-keys.ts'
import { first, fixture } from '../_google-keys.ts'
import { answerKeys, answerText, type KeyServer, publicJwk } from '../_key-server.ts'

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
