import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { echo, send, startProxy } from './_proxied.ts'

describe('countersign proxy', () => {
  test('method, path, query, headers, body, status and cookies travel', async () => {
    const { here, command } = await startProxy(echo)
    const answer = await fetch(`${here}/a%2Fb?q=1&q=2`, {
      method: 'PUT',
      headers: { 'x-own': 'mine' },
      body: 'hello',
    })
    expect(await answer.json()).toEqual(['PUT', '/a%2Fb?q=1&q=2', 'mine', 'hello'])
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
    await expect.poll(() => command.stderr()).toMatch(/^201 PUT \/a%2Fb\n$/m)
  })

  test('both bodies are streams', async () => {
    const { here } = await startProxy(() => (req, res) => req.pipe(res))
    const outgoing = request(here, { method: 'POST', agent: false })
    outgoing.write('one')
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const [first] = await once(answer, 'data')
    expect(String(first)).toBe('one')
    outgoing.end('two')
    expect(await text(answer)).toBe('two')
  })

  test('a compressed answer arrives as it was compressed', async () => {
    const body = gzipSync('x'.repeat(10_000))
    const { here } = await startProxy(() => (_, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
    })
    const answer = await send(here, {})
    expect(answer.headers['content-length']).toBe(String(body.length))
    expect(Buffer.concat(await answer.toArray())).toEqual(body)
  })

  test('a redirect is the client’s to follow', async () => {
    const { here } = await startProxy(() => (_, res) => {
      res.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    })
    const answer = await fetch(here, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      302,
      'https://elsewhere.example/',
    ])
  })

  test('a client that leaves is not waited for', async () => {
    const gone = Promise.withResolvers<void>()
    const { here } = await startProxy(() => (_, res) => {
      res.on('close', gone.resolve)
      res.write('begun')
    })
    const answer = await fetch(here)
    await answer.body?.cancel()
    await gone.promise
  })
})
