import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createServiceFetch } from '@countersign/caller'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProxyServer } from '../../src/proxy/proxy-server.ts'
import { hello, send, startProxy } from './_proxied.ts'

test('credentials that stop to do are 503, and what to do', async () => {
  const base = 'http://127.0.0.1:1'
  const identity = {
    idToken: async () => {
      throw new Error('revoked')
    },
  }
  const serviceFetch = createServiceFetch({ targets: [base], identity, mode: 'enforce' })
  const requests: object[] = []
  const onRequest = (answered: object) => void requests.push(answered)
  const options = { base, serviceFetch, allowedOrigins: [], onRequest }
  const server = createProxyServer(options).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).toMatch(/^identity_unavailable: .*\. \w/)
  expect(requests).toEqual([{ status: 503, method: 'GET', path: '/a' }])
})

describe('countersign proxy refuses', () => {
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' }

  test.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])(
    'a WebSocket of %j as any request of it',
    async (headers) => {
      const { here } = await startProxy(hello)
      expect((await send(here, { ...upgrade, ...headers })).statusCode).toBe(403)
    },
  )

  test('a WebSocket whose client is gone, and goes on', async () => {
    const { here, command } = await startProxy(hello)
    for (let sent = 0; sent < 5; sent += 1) await resetUpgrade(here)
    expect(await (await fetch(here)).text()).toBe('hello')
    expect(command.stderr()).not.toContain('ECONNRESET')
  })

  test('a URL in place of a path', async () => {
    const { here } = await startProxy(hello)
    const outgoing = request(here, { path: 'http://evil.example/', agent: false })
    outgoing.end()
    const [answer] = await once(outgoing, 'response')
    expect(answer.statusCode).toBe(400)
  })

  test('another address of this machine than loopback’s', async () => {
    const { command } = await startProxy(hello)
    const [, port] = await command.said(/127\.0\.0\.1:(\d+) forwards to/)
    await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow()
  })
})

/** Asks for a WebSocket and breaks the connection off before the answer. */
async function resetUpgrade(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  socket.resetAndDestroy()
  await once(socket, 'close')
}
