import type { ClientRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import type { SignCallsOptions } from '@countersign/express'
import { describe, expect, test } from 'vitest'
import type { Adapter, Answering } from '../adapter.ts'
import { leave, optionsFor, startClient, startDownstream, textOf, watch } from './_world.ts'

const aborted = { name: 'AbortError', message: 'the client went away' }

/** What a handler waits for while its client leaves, before it calls a service. */
const waits: [
  what: string,
  wait: (answering: Answering, released: Promise<void>) => Promise<unknown>,
  call: (url: string) => ClientRequest,
][] = [
  ['something else', (_answering, released) => released, (url) => startClient(url).end()],
  ['the body', ({ request }) => text(request).catch(() => {}), startUpload],
]

/** What becomes of calls when the client goes away before its answer is finished. */
export function leavingContract(adapter: Adapter): void {
  /** Leaves while the handler waits for a service's answer. */
  async function leaveDuring(
    method: string,
    options: Partial<SignCallsOptions>,
    first: (answering: Answering) => void = () => {},
  ) {
    const downstream = await startDownstream()
    const { handler, started, outcome } = watch((answering) => {
      first(answering)
      return textOf(answering.serviceFetch(downstream.url, { method }))
    })
    const app = await adapter.calling(optionsFor(downstream, options), handler)
    const client = startClient(app.url).end()
    const received = await downstream.next()
    await leave(client, await started)
    return { received, outcome }
  }

  describe(`signCalls in ${adapter.name}, when the client goes away`, () => {
    test.each([
      [{}, 'GET'],
      [{ abortOnDisconnect: 'safe-methods' }, 'GET'],
      [{ abortOnDisconnect: 'all' }, 'GET'],
      [{ abortOnDisconnect: 'all' }, 'POST'],
    ] as const)('with %j a %s is given up', async (options, method) => {
      const { received, outcome } = await leaveDuring(method, options)
      expect(await received.end).toBe('given up')
      await expect(outcome).rejects.toMatchObject(aborted)
    })

    test.each([
      [{}, 'POST'],
      [{ abortOnDisconnect: 'safe-methods' }, 'POST'],
      [{ abortOnDisconnect: 'never' }, 'GET'],
      [{ abortOnDisconnect: 'never' }, 'POST'],
    ] as const)('with %j a %s completes', async (options, method) => {
      const { received, outcome } = await leaveDuring(method, options)
      received.response.end('late')
      expect(await outcome).toBe('late')
      expect(await received.end).toBe('answered')
    })

    test('a GET whose answer is being read is given up', async () => {
      const downstream = await startDownstream()
      const reading = Promise.withResolvers<void>()
      const { handler, started, outcome } = watch(async ({ serviceFetch }) => {
        const answer = await serviceFetch(downstream.url)
        reading.resolve()
        return answer.text()
      })
      const app = await adapter.calling(optionsFor(downstream), handler)
      const client = startClient(app.url).end()
      const received = await downstream.next()
      received.response.write('half')
      await reading.promise
      await leave(client, await started)
      expect(await received.end).toBe('given up')
      await expect(outcome).rejects.toMatchObject(aborted)
    })

    test('a GET is given up, too, where half of the answer was sent', async () => {
      const { received, outcome } = await leaveDuring('GET', {}, ({ response }) => {
        response.write('half')
      })
      expect(await received.end).toBe('given up')
      await expect(outcome).rejects.toMatchObject(aborted)
    })

    test.each(waits)(
      'while the handler waits for %s, the GET that follows is never sent, a POST is',
      async (_what, wait, call) => {
        const downstream = await startDownstream()
        const released = Promise.withResolvers<void>()
        const { handler, started, outcome } = watch(async (answering) => {
          await wait(answering, released.promise)
          await expect(answering.serviceFetch(downstream.url)).rejects.toMatchObject(aborted)
          return textOf(answering.serviceFetch(downstream.url, { method: 'POST' }))
        })
        const app = await adapter.calling(optionsFor(downstream), handler)
        const client = call(app.url)
        await leave(client, await started)
        released.resolve()
        const { response } = await downstream.next()
        response.end('late')
        expect(await outcome).toBe('late')
        expect(downstream.methods).toEqual(['POST'])
      },
    )
  })
}

/** Calls, and never sends all of its body. */
function startUpload(url: string): ClientRequest {
  const client = startClient(url, { method: 'POST', headers: { 'content-length': 10 } })
  client.write('half')
  return client
}
