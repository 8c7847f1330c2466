/** What stands behind a middleware is at hand, for probes and health pages. */
import * as inExpress from '@countersign/express'
import * as inKoa from '@countersign/koa'
import { createTestIssuer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { listen } from './listen.ts'

const email = 'login@acme.iam.gserviceaccount.com'
const issuer = await createTestIssuer()

describe.each([
  ['Express', inExpress],
  ['Koa', inKoa],
])('in %s', (_framework, { signCalls, verifyCaller }) => {
  test("verifyCaller's receiver says when it is ready, and how it is", async () => {
    const { receiver } = verifyCaller({
      allow: [email],
      audience: 'https://a.example',
      keys: issuer.keys,
    })
    await receiver.ready()
    expect(receiver.health()).toMatchObject({ audiences: ['https://a.example'] })
  })

  test("signCalls's serviceFetch calls outside of a request, too", async () => {
    const downstream = await listen((_request, response) => response.end('answered'))
    const identity = { idToken: (audience: string) => issuer.idToken({ email, audience }) }
    const { serviceFetch } = signCalls({ targets: [downstream], identity })
    await serviceFetch.ready()
    expect(await (await serviceFetch(downstream)).text()).toBe('answered')
  })
})
