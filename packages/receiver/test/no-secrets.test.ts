import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { googleKeys } from '../src/keys/google-keys.ts'
import type { KeyEvent } from '../src/keys/key-source.ts'
import { startKeyServer } from './_key-server.ts'
import { audience, type Fixture, fixture, login } from './_receiver.ts'

/** Wherever a call, a token or an answer of Google's may hold a token: no event, log line, health or denial does. */

const { issuer } = fixture()
const token = await issuer.idToken({ email: login, audience })
const shapeless = 'open-sesame-of-forty-thieves'

/** All that a receiver has said. */
function told({ events, entries, receiver }: Fixture, ...more: unknown[]): string {
  const said = [events, entries, receiver.health(), ...more]
  return inspect(said, { depth: 20, maxStringLength: null, showHidden: true })
}

/** No part of a token, nor the shapeless secret, in any spelling; nothing that a terminal follows. */
function expectNone(text: string): void {
  for (const shown of [text, decoded(text), decoded(decoded(text))]) {
    expect(shown).not.toMatch(/sesame|eyJ/i)
    for (const part of token.split('.')) {
      for (let at = 0; at + 12 <= part.length; at += 12) {
        expect(shown).not.toContain(part.slice(at, at + 12))
      }
    }
  }
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
}

function decoded(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}

function percentEncoded(text: string): string {
  return [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
}

/** A service behind a receiver; its answers say why a call was refused. */
async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

function serve({ receiver }: Fixture): Promise<number> {
  return listen(async (request, response) => {
    const decision = await receiver.check(request)
    if (decision.allowed) return response.end('hello')
    const { status, headers, detail } = decision.denial
    return response.writeHead(status, headers).end(detail)
  })
}

/** A request as its bytes; what `fetch` would straighten arrives as it is. */
async function sendRaw(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(Buffer.from(`${head}\r\nconnection: close\r\n\r\n`, 'latin1'))
  return text(socket)
}

describe('no token of a request line', () => {
  test.each([
    ['in its path', `/open/${token}/x`],
    ['behind a word', `/x${token}`],
    ['as a parameter', `/a;token=${token}`],
    ['with encoded dots', `/${token.replaceAll('.', '%2E')}`],
    ['encoded', `/${percentEncoded(token)}`],
    ['encoded twice', `/${percentEncoded(token).replaceAll('%', '%25')}`],
    ['in its query', `/?access_token=${token}`],
    ['in its fragment', `/#${token}`],
    ['as an access token', `/ya29.${shapeless}`],
    ['as an access token, encoded', `/ya29%2E${shapeless}`],
    ['as a refresh token', `/1//0g${shapeless}`],
    ['as a refresh token, encoded', `/1%2F%2F0g${shapeless}`],
    ['as credentials', `/Bearer%20${shapeless}`],
    ['as a user', `http://me:${shapeless}@svc.example/`],
    ['as a host', `http://${token}.svc.example/`],
  ])('%s', async (_, target) => {
    const all = fixture({ allow: [{ email: login, methods: ['POST'] }] })
    const port = await serve(all)
    const { authorization } = await issuer.headers({ email: login, audience })
    for (const header of ['x-nothing: 1', `authorization: ${authorization}`]) {
      await sendRaw(port, `GET ${target} HTTP/1.1\r\nhost: svc.example\r\n${header}`)
    }
    expect(all.entries.map(({ code }) => code)).toEqual(['token_missing', 'operation_not_allowed'])
    expectNone(told(all).replaceAll(/token_[a-z_]+/g, ''))
  })

  test('over HTTP/2, in its method and with control characters in its path', async () => {
    const all = fixture()
    const server = createHttp2Server(async (request, response) => {
      await all.receiver.check(request as unknown as IncomingMessage)
      response.end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (const [method, path] of [
      [token, '/a'],
      ['GET', '/a\u009b2J\u0085b'],
      ['GET', `/${token}`],
    ]) {
      await text(session.request({ ':method': method, ':path': path })).catch(() => '')
    }
    session.destroy()
    expect(all.events).toHaveLength(3)
    expect(all.events[1]?.path).toMatch(/^\/a\\u\{/)
    expectNone(told(all))
  })

  test('of a web Request', async () => {
    const all = fixture()
    const request = new Request(`https://svc.example/${token}?${token}`, { method: token })
    await all.receiver.check(request)
    expect(all.events).toMatchObject([{ code: 'token_missing', path: '/[redacted]' }])
    expectNone(told(all))
  })

  test('with bidi characters and line separators, which reach a receiver by an adapter alone', async () => {
    const all = fixture()
    const hostile = '\u001b[2J\u202e\u2066\u2028\u2029\n'
    await all.receiver.check({ method: `GET${hostile}`, url: `/a${hostile}`, headers: {} })
    expect(all.events[0]?.path).toBe('/a\\u{1b}[2J\\u{202e}\\u{2066}\\u{2028}\\u{2029}\\u{a}')
    expectNone(told(all))
  })
})

describe('no token of a header', () => {
  test.each([
    ['twice', `authorization: Bearer ${token}\r\nauthorization: Bearer ${token}`],
    ['twice in one', `authorization: Bearer ${token}, Bearer ${token}`],
    ['of another scheme', `authorization: Basic ${token}`],
    ['without a scheme', `authorization: ${token}`],
    ['folded', `authorization: Bearer ${token.slice(0, 90)}\r\n ${token.slice(90)}`],
    ['broken', `authorization: Bearer ${token.slice(0, -9)}`],
    [
      'without its signature',
      `authorization: Bearer ${token.slice(0, token.lastIndexOf('.') + 1)}`,
    ],
    ['that names a trace', `traceparent: 00-${token}-1-01\r\nx-cloud-trace-context: ${token}/1`],
    ['that is a trace', `traceparent: ${token}\r\nbaggage: a=${token}`],
    ['of a push', `x-goog-pubsub-subscription-name: ${token}\r\nce-id: ${token}`],
    ['that names the host', `x-forwarded-host: ${token}`],
  ])('%s', async (_, headers) => {
    const all = fixture({ allow: ['nobody@acme.iam.gserviceaccount.com'] })
    const port = await serve(all)
    const answer = await sendRaw(port, `GET /a HTTP/1.1\r\nhost: svc.example\r\n${headers}`)
    expect(answer).toMatch(/^HTTP\/1.1 4/)
    expectNone(answer.replaceAll('\r', '') + told(all))
  })
})

describe('no token in a claim', () => {
  const expected = [
    'audience_mismatch',
    'not_a_service_account',
    'claim_invalid',
    'issuer_mismatch',
  ]

  test.each([
    ['aud', { audience: token }, expected[0]],
    [
      'aud, beside a host',
      { audience: `https://me:${shapeless}@svc.example/?x=${token}` },
      expected[0],
    ],
    ['aud, as a host', { audience: `https://${token}.svc.example` }, expected[0]],
    ['aud, in a list', { claims: { aud: [token, `Bearer ${shapeless}`] } }, expected[0]],
    ['email', { email: token }, expected[1]],
    ['email, before its domain', { email: `${token}@acme.example` }, expected[1]],
    ['sub', { claims: { sub: { [token]: token } } }, expected[2]],
    ['iss', { claims: { iss: `https://accounts.google.com/${token}` } }, expected[3]],
  ])('that is genuine: %s', async (_, asked, code) => {
    const all = fixture()
    const decision = await all.check(asked as never)
    expect(all.entries).toMatchObject([{ code }])
    expectNone(told(all, decision))
  })

  test('that names its key', async () => {
    const all = fixture()
    const [, claims, signature] = token.split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: token })).toString('base64url')
    const headers = { authorization: `Bearer ${header}.${claims}.${signature}` }
    const decision = await all.receiver.check({ method: 'GET', url: '/', headers })
    expect(all.entries).toMatchObject([{ code: 'key_unknown' }])
    expectNone(told(all, decision))
  })

  test('as a caller that isn’t on the list', async () => {
    const all = fixture({ allow: ['nobody@acme.iam.gserviceaccount.com'] })
    const decision = await all.check({ claims: { note: 'x' } }, { url: `/${token}` })
    expect(all.entries).toMatchObject([{ code: 'caller_not_allowed', path: '/[redacted]' }])
    expectNone(told(all, decision))
  })
})

describe('no token in an answer', () => {
  const allow = [login]

  test.each([
    ['that is no JSON', 200, token],
    ['that is no key set', 200, JSON.stringify({ error: token })],
    ['that is an error', 500, token],
    ['whose keys are none', 200, JSON.stringify({ keys: [{ kid: token, n: token }] })],
  ])('of the key endpoint, %s', async (_, status, body) => {
    const server = await startKeyServer((response) => response.writeHead(status).end(body))
    const keyEvents: KeyEvent[] = []
    const url = `${server.url.replace('//', `//me:${shapeless}@`)}?key=${shapeless}`
    // fetch takes no URL with a user, and names it in its error.
    for (const at of [url, server.url, `${server.url}?key=${shapeless}`]) {
      const keys = googleKeys({ url: at, onEvent: (event) => keyEvents.push(event) })
      const all = fixture({ allow, keys })
      const decision = await all.check()
      expect(all.entries).toMatchObject([{ code: 'keys_unavailable' }])
      expectNone(told(all, decision, keys.health()).replaceAll(/\n +at .*/g, ''))
    }
    expect(keyEvents.map(({ type }) => type)).toEqual(Array(3).fill('keys_refresh_failed'))
    expectNone(inspect(keyEvents, { depth: 20 }).replaceAll(/\n +at .*/g, ''))
  })

  test('of a fetch that says all that it was given', async () => {
    const fetch = (): Promise<Response> => {
      return Promise.reject(new Error(`\u001b[2J ${token}`, { cause: new Error(token) }))
    }
    const all = fixture({ keys: googleKeys({ fetch }) })
    await all.check()
    expect(all.entries).toMatchObject([{ code: 'keys_unavailable' }])
    expectNone(told(all))
  })

  test.each([
    ['a token', 200, token],
    ['a page', 200, `<html>\u001b[2J${token}</html>`],
    ['an error', 500, token],
  ])('of the metadata server: %s', async (_, status, body) => {
    const port = await listen((_request, response) => {
      response.writeHead(status, { 'metadata-flavor': 'Google' }).end(body)
    })
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    onTestFinished(() => stdout.mockRestore())
    vi.stubEnv('K_SERVICE', 'profiles')
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${port}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    const receiver = createReceiver({ allow, keys: issuer.keys })
    const headers = { ...(await issuer.headers({ email: login, audience })) }
    const traced = { ...headers, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
    for (let call = 0; call < 2; call += 1) {
      expect(await receiver.check({ method: 'GET', url: '/', headers: traced })).toMatchObject({
        denial: { code: 'audience_unavailable' },
      })
      await receiver.ready().catch(() => {})
    }
    const lines = stdout.mock.calls.map(([line]) => String(line))
    expect(lines.filter((line) => line.includes('"code":"audience_unavailable"'))).toHaveLength(2)
    expectNone(`${lines.join('')}${inspect(receiver.health(), { depth: 9 })}`)
  })
})
