import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Server } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'
import { useEmulator } from '../use-emulator.ts'
import { invoker, profiles, readPolicy, run } from './_gcloud.ts'

const running = useEmulator('user-profiles')

const path = `/v1/${profiles}:setIamPolicy`
const opening = JSON.stringify({ policy: { bindings: [{ role: invoker, members: ['allUsers'] }] } })
const json = { 'content-type': 'application/json' }

/** Sends a request that would open the door. */
function write(headers: Record<string, string>, { target = path, body = opening } = {}) {
  return send(running.emulator.url, {
    method: 'POST',
    target,
    headers: { ...json, ...headers },
    body,
  })
}

afterEach(async () => {
  expect(JSON.stringify((await readPolicy(running.emulator)).body)).not.toContain('allUsers')
})

describe('a web page can’t open a door', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['no site', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    [
      'a name of Google’s that an attacker’s DNS made up',
      {
        host: 'run.googleapis.com',
        origin: 'http://run.googleapis.com',
      },
    ],
    ['a request that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a request that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
    [
      'a page under Google’s name, without an origin',
      {
        host: 'run.googleapis.com',
        'sec-fetch-site': 'same-origin',
      },
    ],
  ])('%s: 403', async (_title, headers) => {
    expect((await write(headers)).status).toBe(403)
  })

  test.each([
    ['a rebound name', 'evil.example'],
    ['a name that ends like Google’s', 'evilgoogleapis.com'],
    ['a name that begins like Google’s', 'run.googleapis.com.evil.example'],
    ['the metadata server', 'metadata.google.internal'],
    ['its address', '169.254.169.254'],
    ['another of Google’s names', 'accounts.google.com'],
    ['the service itself', 'user-profiles-123.us-central1.run.app'],
    ['an address of the network', '192.168.1.7'],
  ])('%s as Host: 403', async (_title, host) => {
    expect((await write({ host })).status).toBe(403)
    const read = await send(running.emulator.url, {
      target: `/v1/${profiles}:getIamPolicy`,
      headers: { host },
    })
    expect(read.status).toBe(403)
    expect(read.body).not.toContain('login-run')
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'the type %j: 415',
    async (type) => {
      expect((await write({ 'content-type': type })).status).toBe(415)
    },
  )

  test('no answer has a CORS header, and a preflight request is refused', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const preflight = await send(running.emulator.url, { method: 'OPTIONS', target: path, headers })
    expect(preflight.status).toBe(404)
    for (const answer of [preflight, await write(headers)]) {
      expect(Object.keys(answer.headers).join()).not.toContain('access-control')
    }
  })

  test('an emulator’s own name that others may use opens nothing', async () => {
    const allowedHosts = ['emulator.test']
    const emulator = await startEmulator({ policy: await samplePolicy(), allowedHosts })
    onTestFinished(() => emulator.stop())
    const headers = { ...json, host: 'emulator.test' }
    const options = { method: 'POST', target: path, headers, body: opening }
    expect((await send(emulator.url, options)).status).toBe(403)
  })
})

describe('as a proxy', () => {
  test.each([
    'https://run.googleapis.com',
    'http://evil.example',
    'http://run.googleapis.com.evil.example',
    'http://evil.example@run.googleapis.com',
    'http://run.googleapis.com@evil.example',
    'http://run.googleapis.com:8080',
    'http://run.googleapis.com%2eevil.example',
    'http://metadata.google.internal',
    'http://169.254.169.254',
    'http://127.0.0.1',
    'http://[::1]',
    'http://',
    'ftp://run.googleapis.com',
    'ws://run.googleapis.com',
  ])('%s: 403', async (origin) => {
    const { status, body } = await write({ host: 'run.googleapis.com' }, { target: origin + path })
    expect(status).toBe(403)
    expect(body).toMatch(/^The emulator is not a proxy/)
  })

  test('a Host that is another than that of the URL: 403', async () => {
    for (const host of ['127.0.0.1', 'cloudresourcemanager.googleapis.com', 'evil.example']) {
      expect((await write({ host }, { target: run + path })).status).toBe(403)
    }
  })

  test('the emulator’s own API is not at Google’s names', async () => {
    for (const own of ['/emulator/v1/state', '/', '/emulator/v1/gcloud/env']) {
      const { status } = await send(running.emulator.url, {
        target: run + own,
        headers: { host: 'run.googleapis.com' },
      })
      expect(status).toBe(403)
    }
  })

  test('it answers for names of Google’s APIs itself, in any case, with a port', async () => {
    for (const name of [
      'run.googleapis.com',
      'RUN.googleapis.com:80',
      'us-central1-run.googleapis.com',
    ]) {
      const target = `http://${name}/v1/${profiles}:getIamPolicy`
      const { status } = await send(running.emulator.url, { target, headers: { host: name } })
      expect(status).toBe(200)
    }
    const target = 'http://www.googleapis.com/oauth2/v3/certs'
    const keys = await send(running.emulator.url, {
      target,
      headers: { host: 'www.googleapis.com' },
    })
    expect(keys.body).toContain('"keys"')
  })

  test('CONNECT is refused, and nothing is connected', async () => {
    let connections = 0
    const other = createServer().on('connection', () => {
      connections += 1
    })
    const port = await portOf(other)
    for (const target of [`127.0.0.1:${port}`, 'run.googleapis.com:443', 'evil.example:443']) {
      const answer = await raw(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 405 /)
      expect(answer).toContain('The emulator is not a proxy')
    }
    const absolute = `http://127.0.0.1:${port}/`
    await send(running.emulator.url, { target: absolute, headers: { host: `127.0.0.1:${port}` } })
    expect(connections).toBe(0)
  })
})

describe('large and odd requests', () => {
  test('a policy of 10 MB is refused, and not read to its end', async () => {
    const members = Array.from({ length: 200_000 }, (_, n) => `user:somebody-${n}@acme.example.com`)
    const body = JSON.stringify({ policy: { bindings: [{ role: invoker, members }] } })
    expect(body.length).toBeGreaterThan(7_000_000)
    const padded = body.padEnd(10 * 1024 * 1024, ' ')
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${padded.length}\r\n\r\n`
    const { body: before } = await readPolicy(running.emulator)
    // A reset of the connection can overtake the answer.
    expect(await raw(head + padded)).toMatch(/^$|^HTTP\/1\.1 413 .*\r\nconnection: close\r\n/is)
    expect((await readPolicy(running.emulator)).body).toEqual(before)
  })

  test('1,500 long members fit', async () => {
    const { emulator } = running
    const { body: before } = await readPolicy(emulator)
    const members = Array.from(
      { length: 1_500 },
      (_, n) => `user:${'x'.repeat(200)}${n}@acme.example`,
    )
    const body = JSON.stringify({ policy: { bindings: [{ role: invoker, members }] } })
    expect((await write({}, { body })).status).toBe(200)
    expect(
      (await write({}, { body: JSON.stringify({ policy: { bindings: before.bindings } }) })).status,
    ).toBe(200)
  })

  test.each([
    '{"policy":{"bindings":[{"role":"roles/run.invoker","members":["allUsers"]}],"__proto__":{"etag":"x"}}}',
    '{"__proto__":{"policy":{"bindings":[{"role":"roles/run.invoker","members":["allUsers"]}]}}}',
    `${'['.repeat(50_000)}`,
    `{"policy":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
    '{"policy":{"bindings":[null]}}',
    '{"policy":{"bindings":[{"role":"roles/run.invoker","members":["allUsers"],"condition":[]}]}}',
  ])('%.80s: 400', async (body) => {
    expect((await write({}, { body })).status).toBe(400)
  })

  test.each([
    '/v1/projects/acme/locations/us-central1/services/user-profiles%2f..%2flogin:setIamPolicy',
    '/v1/projects/acme/locations/us-central1/services/%:setIamPolicy',
    '/v1/projects/acme/locations/us-central1/services/../services/user-profiles:setIamPolicy',
    '//v1/projects/acme/locations/us-central1/services/user-profiles:setIamPolicy',
    '/v1/projects/acme/locations/us-central1/services/user-profiles:setIamPolicy/',
  ])('the path %s: 404', async (target) => {
    expect((await write({}, { target })).status).toBe(404)
  })

  test('GET changes nothing', async () => {
    const { status } = await send(running.emulator.url, { target: path })
    expect(status).toBe(404)
  })
})

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(running.emulator.url)
  const socket = connect(Number(port), hostname)
  // The other side closes while it is still written to.
  socket.on('error', () => {})
  socket.write(request)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}
