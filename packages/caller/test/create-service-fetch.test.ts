import { createServiceFetch, type ServiceFetch } from '@countersign/caller'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { startServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

describe('createServiceFetch', () => {
  test('a call to a target carries a token for its audience', async () => {
    await using server = await startServer((_seen, _request, response) => response.end('hello'))
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, audience: 'https://svc.example' }],
      identity,
    })
    const response = await serviceFetch(`${server.url}/profiles/7?x=1`)
    expect(await response.text()).toBe('hello')
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/profiles/7?x=1',
      headers: { authorization: `Bearer ${identity.minted[0]}` },
    })
  })

  test('a serviceFetch is assignable to typeof fetch', () => {
    expectTypeOf<ServiceFetch>().toExtend<typeof fetch>()
    expectTypeOf<ReturnType<ServiceFetch['to']>>().toEqualTypeOf<typeof fetch>()
  })
})
