import { inspect } from 'node:util'
import { TargetNotAllowedError } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { audience, login, type World } from './_world.ts'

/** A client as its recipe sets it up. */
export interface Client {
  readonly name: string
  /** Reads profile 7, which tells who asked, and for which audience. */
  readProfile(): Promise<unknown>
  /** Sends JSON, and resolves with it as it came back. Left out where the client sends none. */
  echo?(body: { name: string }): Promise<unknown>
  /** Makes the client's usual call beneath a URL that need not be the service's. */
  call(base: string, options?: CallOptions): Promise<unknown>
  /** What becomes of a redirect: `serviceFetch` refuses it, or the client doesn't want it followed. */
  readonly redirects: 'refused' | 'unfollowed'
  /** Where the client leaves an error of `serviceFetch`: thrown as it is, or as the cause of its own. */
  readonly refusals: 'thrown' | 'cause'
}

/** How a call is made. */
interface CallOptions {
  readonly signal?: AbortSignal
  /** Left out: the client's usual one. */
  readonly method?: 'POST'
}

/** What holds for every client. */
export function clientContract(client: Client, world: World): void {
  const { name, call } = client
  const { arrived, stranger, userProfiles } = world

  describe(`${name} with a serviceFetch`, () => {
    test('arrives as this service, with a token for the other', async () => {
      expect(await client.readProfile()).toMatchObject({ id: '7', asked: login, audience })
      expect(arrived[0]?.headers.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
    })

    test.runIf(client.echo)('sends JSON', async () => {
      expect(await client.echo?.({ name: 'Ada' })).toEqual({ name: 'Ada' })
    })

    test('gives up a call with its signal', async () => {
      const leave = new AbortController()
      const answer = outcome(call(`${userProfiles}/slow`, { signal: leave.signal }))
      await expect.poll(() => arrived).toHaveLength(1)
      leave.abort()
      const error = await answer
      expect(error).toBeInstanceOf(Error)
      expect(shown(error)).not.toMatch(token)
      await arrived[0]?.closed
    })

    test('shows no token in the error of an answer', async () => {
      for (const status of [400, 401, 403, 404, 500]) {
        const result = await outcome(call(`${userProfiles}/status/${status}`))
        expect(result).toBeDefined()
        if (result instanceof Error) expect(shown(result)).not.toMatch(token)
      }
    })

    test('sends nothing to a service that is not listed', async () => {
      const error = await outcome(call(stranger.url))
      const refusal = client.refusals === 'thrown' ? error : (error as Error).cause
      expect(refusal).toBeInstanceOf(TargetNotAllowedError)
      expect(refusal).toMatchObject({ code: 'target_not_allowed' })
      expect(stranger.arrived).toEqual([])
    })

    test.each([301, 302, 303, 307, 308])(
      'carries no token along a redirect with status %d',
      async (status) => {
        for (const method of [undefined, 'POST'] as const) {
          const base = `${userProfiles}/redirect/${status}`
          const result = await outcome(call(base, method && { method }))
          expect(arrived.splice(0)).toHaveLength(1)
          expect(stranger.arrived.flatMap(tokensOf)).toEqual([])
          expect(stranger.arrived).toEqual([])
          if (client.redirects === 'refused') expect(codesOf(result)).toContain('redirect_refused')
        }
      },
    )
  })
}

/** A token with its signature. */
export const token = /[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/

/** The headers in which a token reached a server. */
export function tokensOf({ headers }: World['arrived'][number]): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    token.test(String(value)) ? [name] : [],
  )
}

/** What a call came to: its answer, or its error. */
export function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error)
}

/** An error as loggers write it, some by its toJSON. */
export function shown(error: unknown): string {
  const json = (error as { toJSON?: () => unknown }).toJSON?.()
  return inspect([error, json], { depth: 12, maxStringLength: null })
}

/** The codes of an error and of what caused it. */
export function codesOf(error: unknown): unknown[] {
  const codes: unknown[] = []
  for (let link = error; link instanceof Error; link = link.cause) {
    if ('code' in link) codes.push(link.code)
  }
  return codes
}
