/** A service that is called may say back the token that it was sent, anywhere in its answer; so may a slip. */
import { randomBytes } from 'node:crypto'
import { createServer as createTcpServer } from 'node:net'
import { inspect } from 'node:util'
import {
  type CallEvent,
  createServiceFetch,
  type LogEntry,
  metadataServer,
} from '@countersign/caller'
import { describe, expect, onTestFinished, test } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { failureOf, printed } from './_printed.ts'
import { startServer } from './_server.ts'
import { shapeToken } from './_tokens.ts'

const home = useCleanEnvironment()
const audience = 'https://svc.example'
/** As long as those of Google, so that no rule for long runs finds less of it. */
const token =
  shapeToken({ aud: audience, exp: 9_999_999_999 }) + randomBytes(220).toString('base64url')
const shapeless = 'open-sesame-of-forty-thieves'

/** No part of a token, nor the shapeless secret, in any spelling and case. */
function expectNone(text: string): void {
  for (const shown of [text, decoded(text), decoded(decoded(text))]) {
    expect(shown).not.toMatch(/sesame|eyJ/i)
    for (const part of token.split('.')) {
      for (let at = 0; at + 12 <= part.length; at += 12) {
        expect(shown.toLowerCase()).not.toContain(part.slice(at, at + 12).toLowerCase())
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

/** A server that answers every connection with these bytes. */
async function startRaw(answer: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

/** What is said of one call, and what is thrown. */
async function toldOf(url: string, init: RequestInit = {}, mode?: 'report-only'): Promise<string> {
  const events: CallEvent[] = []
  const logged: LogEntry[] = []
  const serviceFetch = createServiceFetch({
    targets: [{ url: new URL(url).origin, audience, methods: ['GET'] }],
    identity: { idToken: async () => token },
    onCall: (event) => events.push(event),
    log: (entry) => logged.push(entry),
    ...(mode && { mode }),
  })
  const outcome = await serviceFetch(url, init).catch((error: Error) => error)
  expect(events.length).toBeGreaterThan(0)
  const thrown = outcome instanceof Error ? printed(outcome) : ''
  return withoutOurs(`${inspect([events, logged, serviceFetch.health()], { depth: 20 })}${thrown}`)
}

/** Stacks name the files of this test and of Vitest, and an error's text is printed on many lines. */
function withoutOurs(text: string): string {
  return text.replaceAll(/(?:\\n|\n)\s+at .*/g, '')
}

describe('no token of an answer that is not HTTP:', () => {
  test.each([
    ['instead of its first line', `${token} hello\r\n\r\n`],
    ['in its first line', `HTTP/1.1 abc ${token}\r\n\r\n`],
    ['in the length', `HTTP/1.1 200 OK\r\ncontent-length: ${token}\r\n\r\n`],
    ['in a header', `HTTP/1.1 200 OK\r\nx: \0${token}\r\n\r\n`],
  ])('%s', async (_, answer) => {
    expectNone(await toldOf(`http://${await startRaw(answer)}/x`))
  })

  test('of any fetch, however it wraps its error', async () => {
    const parser = Object.assign(new Error('Expected HTTP/'), {
      name: 'HTTPParserError',
      code: 'HPE_INVALID_CONSTANT',
      data: `${token} hello`,
    })
    const fetch = () =>
      Promise.reject(new TypeError('x', { cause: new Error('y', { cause: parser }) }))
    const identity = { idToken: async () => token }
    const serviceFetch = createServiceFetch({ targets: [{ url: audience }], identity, fetch })
    const error = await failureOf(serviceFetch(audience))
    expect(error).toMatchObject({ cause: { cause: { code: 'HPE_INVALID_CONSTANT' } } })
    expect(error.cause).toHaveProperty('cause', parser)
    expectNone(withoutOurs(printed(error)))
    expect(parser.data).toBe('[redacted]')
  })

  test('an error without the bytes stays as it is', async () => {
    const cause = Object.assign(new Error('closed'), { name: 'HTTPParserError' })
    const fetch = () => Promise.reject(new TypeError('x', { cause }))
    const identity = { idToken: async () => token }
    const serviceFetch = createServiceFetch({ targets: [{ url: audience }], identity, fetch })
    expect(await failureOf(serviceFetch(audience))).toMatchObject({ cause })
    expect(cause).not.toHaveProperty('data')
  })
})

describe.each(['enforce', 'report-only'] as const)(
  'no token of a Location, in mode %s:',
  (mode) => {
    test.each([
      ['its path', `/echo/${token}/x`],
      ['behind a word', `/echo/x${token}`],
      ['with encoded dots', `/echo/${token.replaceAll('.', '%2E')}`],
      ['encoded', `/echo/${percentEncoded(token)}`],
      ['encoded twice', `/echo/${percentEncoded(token).replaceAll('%', '%25')}`],
      ['credentials', `/echo/Bearer%20${shapeless}`],
      ['an access token', `/echo/ya29.${shapeless}`],
      ['a refresh token', `/echo/1//0g${shapeless}`],
      ['an encoded refresh token', `/echo/1%2F%2F0g${shapeless}`],
      ['its query', `/echo?token=${token}`],
      ['its fragment', `/echo#token=${token}`],
      ['a folded path', `/echo/${token.slice(0, -100)}\r\n ${token.slice(-100)}`],
      ['a path split by a tab', `/echo/${token.slice(0, 90)}\t${token.slice(90)}`],
      ['a user', `http://${token}@127.0.0.1:1/`],
      ['a password', `http://me:${shapeless}@127.0.0.1:1/`],
      ['labels of a host', `http://${token}.localhost:1/`],
      ['another scheme', `data:text/plain,${token}`],
      ['no URL', `http://[${token}/`],
      ['control characters', `/echo/\u009b2J${token}`],
    ])('%s', async (_, location) => {
      const answer = `HTTP/1.1 302 Found ${token}\r\nlocation: ${location}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`
      const host = await startRaw(answer)
      expectNone(
        await toldOf(`http://${host}/start`, {}, mode === 'report-only' ? mode : undefined),
      )
    })
  },
)

describe('no token of a call that is refused', () => {
  test.each([
    ['in its method', `http://127.0.0.1:1/a`, { method: token }],
    ['in its path', `http://127.0.0.1:1/${token}`, { method: 'POST' }],
    ['in its query', `http://127.0.0.1:1/?${token}`, { method: 'POST' }],
  ])('%s', async (_, url, init) => {
    expectNone(await toldOf(url, init))
    expectNone(await toldOf(url, init, 'report-only'))
  })

  test.each([
    `//me:${shapeless}@svc.example/${token}`,
    `https://me:${shapeless}@svc.example:port/`,
    `https://svc.example:port/${token}?${token}`,
    `${token}`,
    `Bearer ${shapeless}`,
  ])('for a URL that is none: %#', async (url) => {
    const serviceFetch = createServiceFetch({ targets: [audience] })
    expectNone(withoutOurs(printed(await failureOf(serviceFetch(url)))))
  })
})

describe('no token of an answer that makes no sense', () => {
  test('of the metadata server, whose bytes node:http hangs on its error', async () => {
    const host = await startRaw(
      `HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\n${token}\u0000\r\n\r\n`,
    )
    const error = await failureOf(metadataServer({ host }).idToken(audience))
    expect(error).toMatchObject({ code: 'identity_unavailable', cause: { code: /^HPE_/ } })
    const bytes = inspect(error, { depth: 20 })
    expect(bytes).not.toContain('rawPacket')
    expectNone(withoutOurs(printed(error)))
  })

  test('of a service in all of its headers', async () => {
    await using server = await startServer((_seen, _request, response) => {
      const names = ['countersign-code', 'www-authenticate', 'server', 'x-goog', 'traceparent']
      response.writeHead(401, token, Object.fromEntries(names.map((name) => [name, token])))
      response.end(token)
    })
    expectNone(await toldOf(`${server.url}/a`))
  })
})

describe('no secret that stands where the path of a file belongs', () => {
  test.each([
    ['an access token', `ya29.${shapeless}`],
    ['an ID token', token.slice(0, 900)],
    ['a URL with a password', `https://me:${shapeless}@a.example/?x=${shapeless}`],
  ])('%s', async (_, path) => {
    const { serviceAccountKey } = await import('@countersign/caller')
    expectNone(withoutOurs(printed(await failureOf(serviceAccountKey(path).idToken(audience)))))
  })

  test('nor in the type of its content', async () => {
    const { applicationDefault } = await import('@countersign/caller')
    home.write('application_default_credentials.json', { type: `ya29.${shapeless}` })
    expectNone(withoutOurs(printed(await failureOf(applicationDefault().idToken(audience)))))
  })
})
