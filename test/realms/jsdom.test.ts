// @vitest-environment jsdom

/** In the tests of a React app with API routes: there `Uint8Array`, `URL` and timers are not Node's. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServiceFetch, metadataServer } from '@countersign/caller'
import { startEmulator } from '@countersign/emulator'
import { loadPolicy, type PolicyFile, watchPolicy } from '@countersign/policy'
import { createReceiver, googleKeys } from '@countersign/receiver'
import { createTestIssuer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'

const email = 'login-run@acme.iam.gserviceaccount.com'
const audience = 'https://svc-123.us-central1.run.app'

/**
 * A browser's timers are numbers; Vitest's jsdom keeps Node's, Jest's does not. Node's own fetch does
 * not bear numbers: tests that use it come last.
 */
function useNumbersAsTimers(): void {
  const { setTimeout } = globalThis
  vi.stubGlobal('setTimeout', (...args: Parameters<typeof setTimeout>) => +setTimeout(...args))
  onTestFinished(() => void vi.unstubAllGlobals())
}

test('this is jsdom', () => {
  expect(Buffer.from('x') instanceof Uint8Array).toBe(false)
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a genuine token gets in, and each forgery is refused for its own reason', async () => {
  const issuer = await createTestIssuer()
  const keys = issuer.keys
  const receiver = createReceiver({ allow: [email], audience, keys, log: () => {} })
  const codeWith = async (headers: Record<string, string>) => {
    const decision = await receiver.check({ method: 'GET', url: '/', headers })
    return decision.allowed ? 'allowed' : decision.denial.code
  }
  expect(await codeWith(await issuer.headers({ email, audience }))).toBe('allowed')
  const forgeries = await issuer.forgeries({ email, audience })
  expect(forgeries.length).toBeGreaterThan(50)
  for (const { name, headers, expected } of forgeries) {
    expect([name, await codeWith(headers)]).toEqual([name, expected.code])
  }
})

test('a metadata server that hangs is identity_timeout, whatever a timer is', async () => {
  const host = new URL(await listen(() => {})).host
  useNumbersAsTimers()
  const asked = metadataServer({ host, timeoutMs: 50 }).idToken(audience)
  await expect(asked).rejects.toMatchObject({ code: 'identity_timeout' })
})

test('a policy is loaded by its URL, and followed', async () => {
  useNumbersAsTimers()
  const folder = await mkdtemp(join(tmpdir(), 'countersign-jsdom-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'countersign.json')
  const services = {
    login: { serviceAccount: email, calls: { search: {} } },
    search: { url: audience, serviceAccount: email.replace('login', 'search') },
  }
  await writeFile(file, JSON.stringify({ services }))
  expect((await loadPolicy(new URL(`file://${file}`))).services.size).toBe(2)
  const watched = await watchPolicy(file)
  expect(await watched.caller('login').latest?.()).toMatchObject({ targets: [{ url: audience }] })
})

/** Jest 29 has jsdom 20, without these; Vitest 3 takes jsdom 24, without `AbortSignal.any`. */
function useOlderJsdom(): void {
  class OlderUrl extends URL {}
  Object.assign(OlderUrl, { canParse: undefined, parse: undefined })
  vi.stubGlobal('URL', OlderUrl)
  vi.stubGlobal('AbortSignal', { abort: AbortSignal.abort })
  onTestFinished(() => void vi.unstubAllGlobals())
}

test.each([
  ['this jsdom', () => {}],
  ['an older one', useOlderJsdom],
])('in %s the emulator passes calls on, and delivers pushes', async (_title, use) => {
  use()
  const search = email.replace('login', 'search')
  const services = {
    login: { serviceAccount: email, calls: { search: {} } },
    search: { url: audience, serviceAccount: search },
  }
  const pusher = email.replace('login-run', 'pusher')
  const orders = { kind: 'pubsub', serviceAccount: pusher, to: 'search', path: '/push', audience }
  const asked: string[] = []
  const app = await listen((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end()
  })
  const policy = await loadPolicy({ services, pushes: { orders } } as PolicyFile)
  await using emulator = await startEmulator({ policy, port: 0 })
  emulator.forwardTo('search', app)
  const authorization = `Bearer ${await emulator.idToken('login', audience)}`
  const { status } = await fetch(emulator.frontDoor('search'), { headers: { authorization } })
  await emulator.push('orders', { maxAttempts: 1 })
  expect([status, ...asked]).toEqual([200, 'GET /', 'POST /push'])
})

test.each([
  ['this jsdom', () => {}],
  ['an older one', useOlderJsdom],
])('in %s keys are fetched, and a token is got from a metadata server', async (_title, use) => {
  use()
  const issuer = await createTestIssuer()
  const url = await listen((_request, response) => response.end(JSON.stringify(issuer.jwks())))
  const host = await listen(async (_request, response) => {
    const token = await issuer.idToken({ email, audience })
    response.setHeader('metadata-flavor', 'Google').end(token)
  })
  const receiver = createReceiver({
    allow: [email],
    audience,
    keys: googleKeys({ url }),
    log: false,
  })
  const identity = metadataServer({ host: new URL(host).host })
  const serviceFetch = createServiceFetch({ targets: [audience], identity })
  const headers = await serviceFetch.headers(audience)
  expect(await receiver.check({ method: 'GET', url: '/', headers })).toMatchObject({
    allowed: true,
  })
})
