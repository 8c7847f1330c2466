import { describe, expect, test, vi } from 'vitest'
import type { Adapter } from '../adapter.ts'
import { idToken, optionsFor, startAnswering, textOf } from './_world.ts'

/** Tokens, the list of who may be called, and the start. */
export function signingContract(adapter: Adapter): void {
  describe(`signCalls in ${adapter.name}`, () => {
    test('a call carries a token of this service', async () => {
      const downstream = await startAnswering()
      const app = await adapter.calling(optionsFor(downstream), ({ serviceFetch }) =>
        textOf(serviceFetch(downstream.url)),
      )
      expect(await textOf(fetch(app.url))).toBe('answered')
      const [received] = downstream.received
      expect(received?.headers.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
    })

    test('all requests share one token', async () => {
      const downstream = await startAnswering()
      const identity = { idToken: vi.fn(idToken) }
      const app = await adapter.calling(optionsFor(downstream, { identity }), ({ serviceFetch }) =>
        textOf(serviceFetch(downstream.url)),
      )
      await Promise.all(Array.from({ length: 20 }, () => fetch(app.url)))
      await fetch(app.url)
      expect(downstream.received).toHaveLength(21)
      expect(identity.idToken).toHaveBeenCalledOnce()
    })

    test.each(['authorization', 'x-serverless-authorization'])(
      'a handler that copies an inbound %s is refused',
      async (name) => {
        const downstream = await startAnswering()
        const app = await adapter.calling(optionsFor(downstream), ({ serviceFetch, request }) => {
          const headers = { [name]: String(request.headers[name]) }
          return codeOf(serviceFetch(downstream.url, { headers }))
        })
        const answer = fetch(app.url, { headers: { [name]: 'Bearer inbound' } })
        expect(await textOf(answer)).toBe('header_conflict')
        expect(downstream.received).toEqual([])
      },
    )

    test('a place that is not on the list is refused', async () => {
      const [listed, other] = [await startAnswering(), await startAnswering()]
      const app = await adapter.calling(optionsFor(listed), ({ serviceFetch }) =>
        codeOf(serviceFetch(other.url)),
      )
      expect(await textOf(fetch(app.url))).toBe('target_not_allowed')
      expect(other.received).toEqual([])
    })

    test('without options the start says what to write', async () => {
      const start = async () => adapter.calling(undefined as never, async () => 'started')
      await expect(start()).rejects.toThrow(
        'serviceFetch options must be an object, but is undefined: write { targets: ["https://search-',
      )
    })

    test('a mistyped option of its own is refused with the list of all', async () => {
      const wrong = { ...optionsFor(await startAnswering()), abortOnDisconect: 'all' } as never
      const start = async () => adapter.calling(wrong, async () => 'started')
      await expect(start()).rejects.toThrow(
        /has no "abortOnDisconect": write one of targets, .*, abortOnDisconnect \(did you mean "abortOnDisconnect"\?\)$/,
      )
    })

    test.each(['safe', true, null])('abortOnDisconnect: %o stops the start', async (wrong) => {
      const options = optionsFor(await startAnswering(), { abortOnDisconnect: wrong as never })
      const start = async () => adapter.calling(options, async () => 'started')
      await expect(start()).rejects.toThrow(TypeError)
      await expect(start()).rejects.toThrow('must be "safe-methods", "all" or "never"')
    })
  })
}

/** The code of what a call was refused with. */
async function codeOf(call: Promise<Response>): Promise<string> {
  return call.then(
    () => 'not refused',
    (error: { code?: string }) => String(error.code),
  )
}
