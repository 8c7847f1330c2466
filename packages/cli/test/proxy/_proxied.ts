import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createReceiver, googleKeys, type Receiver } from '@countersign/receiver'
import { onTestFinished } from 'vitest'
import { type Started, start } from '../command.ts'
import { profilesUrl, startGoogle } from '../google.ts'

export const loginEmail = 'login-run@acme-staging.iam.gserviceaccount.com'

export interface Proxied {
  here: string
  command: Started
}

/** user-profiles behind "Google's" front door, and a proxy to it as login. */
export async function startProxy(
  app: (receiver: Receiver) => RequestListener,
  ...args: string[]
): Promise<Proxied> {
  const { emulator, env } = await startGoogle()
  const keys = googleKeys({ url: `${emulator.url}/oauth2/v3/certs` })
  const receiver = createReceiver({ audience: profilesUrl, allow: [loginEmail], keys })
  emulator.forwardTo('user-profiles', await serve(app(receiver)))
  const url = emulator.frontDoor('user-profiles')
  const proxy = ['proxy', url, '--as', loginEmail, '--audience', profilesUrl, '--port', '0']
  const command = start([...proxy, ...args], { env })
  const [, here = ''] = await command.said(/^(http:\S+) forwards to /)
  return { here, command }
}

/** Serves an app until the test ends. */
export async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** With any `Host` and `Sec-Fetch-Site`, which `fetch` doesn't let one set. */
export async function send(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers, agent: false })
  outgoing.end()
  const [answer] = await once(outgoing, 'response')
  return answer
}

export const hello = (): RequestListener => (_, res) => res.end('hello')

export const echo = (): RequestListener => async (req, res) => {
  res.setHeader('set-cookie', ['a=1', 'b=2'])
  res.statusCode = 201
  res.end(JSON.stringify([req.method, req.url, req.headers['x-own'], await text(req)]))
}
