import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Adapter, Answering } from '../adapter.ts'
import { leave, optionsFor, startClient, startDownstream, textOf, watch } from './_world.ts'

/** When a handler makes the call that outlasts its answer. */
const moments: [when: string, moment: (answering: Answering) => Promise<unknown>][] = [
  ['before the answer was finished', async () => {}],
  ['once the answer was finished', ({ response }) => once(response, 'close')],
  ['once the client has gone away', ({ request }) => once(request.socket, 'close')],
]

/** What goes on after the answer is nobody's to give up. */
export function answeredContract(adapter: Adapter): void {
  /** Answers, and calls a service in the background; the client reads the answer, and leaves. */
  async function leaveAnswered(
    connection: string,
    moment: (answering: Answering) => Promise<unknown>,
  ) {
    const downstream = await startDownstream()
    const background = Promise.withResolvers<string>()
    const { handler, started } = watch(async (answering) => {
      const call = () => textOf(answering.serviceFetch(downstream.url))
      background.resolve(moment(answering).then(call))
      return 'early'
    })
    const app = await adapter.calling(optionsFor(downstream), handler)
    const client = startClient(app.url, { headers: { connection } }).end()
    const [answer] = await once(client, 'response')
    expect(await text(answer)).toBe('early')
    await leave(client, await started)
    return { received: await downstream.next(), background: background.promise }
  }

  describe.each(['close', 'keep-alive'])(
    `signCalls in ${adapter.name}, after an answer with connection: %s`,
    (connection) => {
      test.each(moments)('a GET made %s completes', async (_when, moment) => {
        const { received, background } = await leaveAnswered(connection, moment)
        received.response.end('late')
        expect(await background).toBe('late')
        expect(await received.end).toBe('answered')
      })
    },
  )
}
