import { Readable } from 'node:stream'
import { createServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { startEcho, startStreams } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'

describe('serviceFetch', () => {
  useCleanEnvironment()

  test.each([
    ['text', () => 'hello', 'text/plain;charset=UTF-8'],
    ['bytes', () => Buffer.from('hello'), undefined],
    ['a Blob', () => new Blob(['hello'], { type: 'text/x-test' }), 'text/x-test'],
    [
      'a form',
      () => new URLSearchParams('hello'),
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
  ])('sends %s', async (_what, body, type) => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const init = { method: 'POST', body: body() }
    expect(await (await serviceFetch(server.url, init)).text()).toMatch(/^hello=?$/)
    expect(server.requests[0]?.headers['content-type']).toBe(type)
    expect(await (await serviceFetch(new Request(server.url, init))).text()).toMatch(/^hello=?$/)
    expect(server.requests[1]?.headers['content-type']).toBe(type)
  })

  test("sends the stream of node-fetch's Request, which has no duplex", async () => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const foreign = {
      [Symbol.toStringTag]: 'Request',
      url: server.url,
      method: 'POST',
      headers: new Headers(),
      body: Readable.from(['hello']),
    }
    expect(await (await serviceFetch(foreign as unknown as Request)).text()).toBe('hello')
  })

  test.each(['an init', 'a Request'])('sends a FormData of %s with its files', async (whose) => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const body = new FormData()
    body.append('file', new File(['content'], 'name.txt'))
    const init = { method: 'POST', body }
    if (whose === 'an init') await serviceFetch(server.url, init)
    else await serviceFetch(new Request(server.url, init))
    const { headers, body: arrived } = server.requests[0] ?? {}
    const [, boundary] =
      headers?.['content-type']?.match(/^multipart\/form-data; boundary=(.+)$/) ?? []
    expect(arrived).toMatch(new RegExp(`^--${boundary}\r\n`))
    expect(arrived).toContain('filename="name.txt"')
    expect(arrived).toContain('\r\n\r\ncontent\r\n')
  })

  test('keeps a Request whole, with keepalive too', async () => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    for (const keepalive of [false, true]) {
      const request = new Request(`${server.url}/a`, {
        method: 'PATCH',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json', 'x-trace': '7' },
        keepalive,
      })
      expect(await (await serviceFetch(request)).json()).toEqual({ a: 1 })
      expect(request.bodyUsed).toBe(true)
    }
    for (const seen of server.requests) {
      expect(seen).toMatchObject({
        method: 'PATCH',
        url: '/a',
        headers: { 'content-type': 'application/json', 'x-trace': '7' },
      })
    }
  })

  test('streams both ways: each end sees a part before there is a next one', async () => {
    const up = Promise.withResolvers<string>()
    const parts: string[] = []
    await using server = await startStreams((request, response) => {
      response.write('first ')
      request.setEncoding('utf8').on('data', (part) => {
        parts.push(part)
        up.resolve(part)
        if (parts.length === 2) response.end('second')
      })
    })
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const call = serviceFetch(server.url, { method: 'POST', body: readable, duplex: 'half' })
    await writer.write(Buffer.from('one'))
    expect(await up.promise).toBe('one')
    const reader = (await call).body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('first ')
    await writer.write(Buffer.from('two'))
    expect((await reader?.read())?.value).toBe('second')
    await writer.close()
    expect(parts).toEqual(['one', 'two'])
  })

  test('ends with the signal within a body, on its way there or back', async () => {
    const arrived = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    await using server = await startStreams((request, response) => {
      request.once('data', () => arrived.resolve())
      response.on('close', () => closed.resolve())
      if (request.method === 'GET') response.write('a part')
    })
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const back = new AbortController()
    const answer = await serviceFetch(server.url, { signal: back.signal })
    const text = answer.text()
    back.abort(new Error('enough'))
    await expect(text).rejects.toThrow('enough')

    const there = new AbortController()
    const { signal } = there
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const call = serviceFetch(server.url, {
      method: 'POST',
      body: readable,
      duplex: 'half',
      signal,
    })
    await writable.getWriter().write(Buffer.from('a part'))
    await arrived.promise
    there.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    await closed.promise
  })
})
