import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { TestIssuer } from '@countersign/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  answerKeys,
  answerText,
  type KeyServer,
  startKeyServer,
} from '../../packages/receiver/test/_key-server.ts'
import { flood } from './_flood.ts'
import { pass, steadyCaller, underLoad } from './_load.ts'
import { audience, email } from './_names.ts'
import { call, published, type Service, startService } from './_service.ts'

const minute = 60_000
const hour = 60 * minute

/** A service that has its keys, and the issuer of the token it was called with. */
async function warmService(
  options?: Parameters<typeof startService>[0],
): Promise<{ service: Service; issuer: TestIssuer }> {
  const service = await startService(options)
  const issuer = await service.issuer('first')
  service.keyServer.answer = answerKeys(published(issuer))
  expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
  return { service, issuer }
}

async function callAs(issuer: TestIssuer, service: Service) {
  return service.call(await issuer.idToken({ email, audience }))
}

describe('rotation', () => {
  test('announced ahead, under load, refuses nobody', async () => {
    const { service, issuer: first } = await warmService()
    const second = await service.issuer('second')
    let signing = first
    const caller = steadyCaller(service, () => signing)
    const time = { step: 3, caller }
    const outcomes = await underLoad(caller, async () => {
      await pass(service, 30, time)
      service.keyServer.answer = answerKeys(published(first, second))
      await pass(service, 75, time)
      signing = second
      await pass(service, 90, time)
      service.keyServer.answer = answerKeys(published(second))
      await pass(service, 120, time)
    })
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(outcomes['200']).toBeGreaterThan(200)
    expect(service.receiver.health().keys.kids).toEqual(['second'])
    expect(service.keyServer.requests).toBeLessThan(12)
  })

  test('that nobody announced refuses until the next question at most', async () => {
    const { service, issuer: first } = await warmService()
    const second = await service.issuer('second')
    expect(await callAs(await service.issuer('junk'), service)).toMatchObject({
      outcome: '401 key_unknown',
    })
    service.keyServer.answer = answerKeys(published(second))
    expect(await callAs(second, service)).toMatchObject({ outcome: '401 key_unknown' })
    service.clock.time += 30_000
    expect(await callAs(second, service)).toMatchObject({ outcome: '200' })
    expect(await callAs(first, service)).toMatchObject({ outcome: '401 key_unknown' })
  })

  test('a token seen before counts no more once its key was withdrawn', async () => {
    const { service, issuer: first } = await warmService()
    const token = await first.idToken({ email, audience })
    const second = await service.issuer('second')
    expect(await service.call(token)).toMatchObject({ outcome: '200' })
    expect(service.receiver.health().tokenCache.entries).toBe(1)
    service.keyServer.answer = answerKeys(published(second))
    service.clock.time += 59 * minute
    await callAs(second, service)
    expect(await service.call(token)).toMatchObject({ outcome: '401 key_unknown' })
  })
})

/** Everything that goes wrong with an endpoint, told what it published before. */
const failures: Record<string, (keys: object[], stolen: string) => KeyServer['answer']> = {
  'is overloaded': () => answerText(503),
  'drops the connection': () => (response) => response.destroy(),
  'answers HTML': () => answerText(200, '<!doctype html><title>Sign in to the Wi-Fi</title>'),
  'answers an empty set': () => answerKeys([]),
  'answers half a set': (keys) => answerText(200, JSON.stringify({ keys }).slice(0, -20)),
  'answers a huge set': (keys) => answerText(200, JSON.stringify({ keys, x: 'x'.repeat(300_000) })),
  'redirects to the keys of another': (_, stolen) => (response) =>
    response.writeHead(302, { location: stolen }).end(),
  hangs: () => () => {},
  'hangs in the middle': () => (response) => response.writeHead(200).write('{"keys":['),
  'answers a byte at a time': () => trickle,
}

function trickle(response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

describe.each(Object.entries(failures))('an endpoint that %s', (_, failure) => {
  test('leaves a cold service with 503, and it recovers', async () => {
    const service = await startService({ timeoutMs: 400 })
    const issuer = await service.issuer('first')
    const stranger = await service.issuer('stranger')
    const stolen = await startKeyServer(answerKeys(published(stranger)))
    service.keyServer.answer = failure(published(issuer), stolen.url)
    for (const caller of [issuer, stranger]) {
      expect(await callAs(caller, service)).toEqual({
        outcome: '503 keys_unavailable',
        retryAfter: '5',
      })
    }
    expect(stolen.requests).toBe(0)
    service.keyServer.answer = answerKeys(published(issuer))
    service.clock.time += 5000
    expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
  })

  test('leaves a warm service its keys for a day past their time, and not longer', async () => {
    const { service, issuer } = await warmService({ timeoutMs: 400 })
    service.keyServer.answer = failure(published(issuer), service.keyServer.url)
    service.clock.time += 25 * hour - 1
    expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
    service.clock.time += minute
    expect(await callAs(issuer, service)).toEqual({
      outcome: '503 keys_unavailable',
      retryAfter: '5',
    })
    service.keyServer.answer = answerKeys(published(issuer))
    service.clock.time += minute
    expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
  })
})

describe('an endpoint that is down', () => {
  test('refuses nobody for the whole day, under load, and everybody after it', async () => {
    const { service, issuer } = await warmService()
    service.keyServer.answer = answerText(503)
    const caller = steadyCaller(service, () => issuer)
    const time = { step: 10, caller }
    const during = await underLoad(caller, () => pass(service, 25 * 60 - 10, time))
    expect(Object.keys(during)).toEqual(['200'])
    await pass(service, 10, time)
    const after = await underLoad(caller, () => pass(service, 60, time))
    expect(Object.keys(after)).toEqual(['503 keys_unavailable'])
    service.keyServer.answer = answerKeys(published(issuer))
    await pass(service, 10, time)
    expect(await caller()).toMatchObject({ outcome: '200' })
  })

  test('is heard of: an event for each failure, and for stale keys', async () => {
    const { service, issuer } = await warmService()
    service.keyServer.answer = answerText(503)
    service.clock.time += 2 * hour
    await callAs(issuer, service)
    expect(service.events.map(({ type }) => type)).toEqual([
      'keys_refreshed',
      'keys_refresh_failed',
      'stale_keys_used',
    ])
    expect(service.receiver.health().keys.lastError).toMatch(/answered 503$/)
  })

  test('is waited for by nobody while the keys are fresh, slow as it is', async () => {
    const { service, issuer } = await warmService()
    const slow = answerKeys(published(issuer))
    service.keyServer.answer = (response) => setTimeout(slow, 1000, response)
    service.clock.time += 55 * minute
    const startedAt = performance.now()
    expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
    expect(performance.now() - startedAt).toBeLessThan(500)
    await vi.waitFor(() => expect(service.events).toHaveLength(2), 5000)
  })
})

describe('50,000 junk key ids', () => {
  test('ask once per cool-down, and harm no good caller', { timeout: 60_000 }, async () => {
    const { service, issuer } = await warmService()
    const steady = steadyCaller(service, () => issuer)
    let calls = 0
    /** By turns with the same token as before, and with a new one. */
    const caller = () => {
      calls += 1
      return calls % 2 === 0 ? steady() : callAs(issuer, service)
    }
    const attack = async () => {
      for (let round = 1; round <= 5; round += 1) {
        const codes = await flood(service.url, 10_000, service.clock.time)
        expect(codes).toEqual({ '401 key_unknown': 10_000 })
        expect(service.keyServer.requests).toBe(1 + round)
        service.clock.time += 30_000
      }
    }
    const outcomes = await underLoad(caller, attack, 2)
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(outcomes['200']).toBeGreaterThan(20)
  })

  test('harm no good caller while the endpoint hangs either', async () => {
    const { service, issuer } = await warmService({ timeoutMs: 1000 })
    service.keyServer.answer = () => {}
    const caller = steadyCaller(service, () => issuer)
    const attacked = flood(service.url, 1000, service.clock.time)
    await vi.waitFor(() => expect(service.keyServer.requests).toBe(2), 5000)
    const startedAt = performance.now()
    expect(await caller()).toMatchObject({ outcome: '200' })
    expect(performance.now() - startedAt).toBeLessThan(800)
    await attacked
    expect(service.keyServer.requests).toBe(2)
  })
})

describe('a process that is frozen in the middle of a key fetch', () => {
  interface Frozen {
    child: ChildProcess
    url: string
    keyServer: KeyServer
  }

  async function startFreezable(answer: KeyServer['answer']): Promise<Frozen> {
    const keyServer = await startKeyServer(answer)
    const child = fork(fileURLToPath(new URL('_freezable.ts', import.meta.url)), {
      execArgv: ['--conditions=@countersign/source'],
      env: { ...process.env, FREEZABLE_KEYS: keyServer.url },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [url] = (await once(child, 'message')) as [string]
    return { child, url, keyServer }
  }

  /** Stops it once it has asked for keys, for longer than the fetch may take. */
  async function freeze({ child, keyServer }: Frozen, requests: number): Promise<void> {
    await vi.waitFor(() => expect(keyServer.requests).toBe(requests), 5000)
    child.kill('SIGSTOP')
    await passed(1700)
  }

  const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  async function realService(): Promise<TestIssuer> {
    const { createTestIssuer } = await import('@countersign/testing')
    return createTestIssuer()
  }

  test('answers the next request once it is thawed', async () => {
    const issuer = await realService()
    const frozen = await startFreezable(() => {})
    const token = await issuer.idToken({ email, audience })
    const first = call(frozen.url, token)
    expect(await call(frozen.url, '')).toMatchObject({ outcome: '401 token_missing' })
    await freeze(frozen, 1)
    frozen.keyServer.answer = answerKeys(published(issuer))
    // On a connection that is open already: there to be read the moment the process goes on.
    const next = call(frozen.url, token)
    await passed(50)
    frozen.child.kill('SIGCONT')
    expect(await next).toMatchObject({ outcome: '200' })
    expect((await first).outcome).toMatch(/^(200|503 keys_unavailable)$/)
    expect(frozen.keyServer.requests).toBe(2)
  })

  test('still answers while it had keys, and renews them', async () => {
    const issuer = await realService()
    const frozen = await startFreezable(answerKeys(published(issuer)))
    expect(await call(frozen.url, await issuer.idToken({ email, audience }))).toMatchObject({
      outcome: '200',
    })
    frozen.keyServer.answer = () => {}
    frozen.child.send(`${55 * minute}`)
    await once(frozen.child, 'message')
    const issuedAt = new Date(Date.now() + 55 * minute)
    const token = await issuer.idToken({ email, audience, issuedAt })
    expect(await call(frozen.url, token)).toMatchObject({ outcome: '200' })
    await freeze(frozen, 2)
    frozen.keyServer.answer = answerKeys(published(issuer))
    frozen.child.kill('SIGCONT')
    expect(await call(frozen.url, token)).toMatchObject({ outcome: '200' })
    await vi.waitFor(async () => {
      await call(frozen.url, token)
      expect(frozen.keyServer.requests).toBe(3)
    }, 5000)
  })
})
