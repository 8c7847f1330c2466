import { createServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startServer } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'
import { serviceFetchFor, startRedirector, startStranger } from './_redirector.ts'

describe('a redirect', () => {
  test.each([
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', ''],
    [303, 'GET', 'GET'],
  ])('%i turns %s into %s', async (status, method, arrives) => {
    await using server = await startRedirector(status, () => '/end')
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect(await (await serviceFetch(server.url, { method })).text()).toBe(arrives)
  })

  test.each([303, 307])('%i keeps what tells of the body only with the body', async (status) => {
    await using server = await startRedirector(status, () => '/end')
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    const sent = {
      'content-encoding': 'br',
      'content-language': 'en',
      'content-location': '/first',
      'content-type': 'text/x-test',
    }
    await serviceFetch(server.url, { method: 'POST', body: 'hello', headers: sent })
    const arrived = server.requests.at(-1)?.headers ?? {}
    const names = Object.keys(arrived).filter((name) => name.startsWith('content-'))
    const all = ['content-length', ...Object.keys(sent)]
    expect(names.toSorted()).toEqual(status === 307 ? all.toSorted() : [])
  })

  test('without a Location is the answer', async () => {
    await using server = await startServer((_seen, _request, response) => {
      response.writeHead(302).end()
    })
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect((await serviceFetch(server.url)).status).toBe(302)
  })

  test('is followed twenty times, and no more', async () => {
    await using server = await startRedirector(302, ({ url }) => {
      const hops = Number(url.slice(1))
      return hops === 0 ? '/end' : `/${hops - 1}`
    })
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect(await (await serviceFetch(`${server.url}/19`)).text()).toBe('GET')
    await expect(serviceFetch(`${server.url}/20`)).rejects.toMatchObject({
      code: 'redirect_refused',
    })
  })

  test('of a stream is followed where the body is dropped, and refused where it is kept', async () => {
    const stream = (): RequestInit => ({
      method: 'POST',
      body: new Blob(['hello']).stream(),
      duplex: 'half',
    })
    for (const [status, outcome] of [
      [303, 'GET'],
      [307, undefined],
    ] as const) {
      await using server = await startRedirector(status, () => '/end')
      const call = serviceFetchFor(createIdentity(), server.url)(server.url, stream())
      if (outcome) expect(await (await call).text()).toBe(outcome)
      else await expect(call).rejects.toMatchObject({ code: 'redirect_refused' })
    }
  })

  test('is the answer where the user wants it so', async () => {
    await using stranger = await startStranger()
    await using server = await startRedirector(302, () => stranger.url)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    const response = await serviceFetch(server.url, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, stranger.url])
    await expect(serviceFetch(server.url, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(stranger.requests).toHaveLength(0)
  })

  test('lets go of its own body', async () => {
    let isCancelled = false
    const unread = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    const answers = [
      new Response(unread, { status: 302, headers: { location: '/end' } }),
      new Response('well'),
    ]
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: async () => answers.shift() ?? Response.error(),
    })
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('well')
    expect(isCancelled).toBe(true)
  })

  test('is followed though its own body breaks', async () => {
    const body = new ReadableStream({
      cancel() {
        throw new Error('broken')
      },
    })
    const answers = [
      new Response(body, { status: 302, headers: { location: '/end' } }),
      new Response('end'),
    ]
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: async () => answers.shift() ?? Response.error(),
    })
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('end')
  })
})
