import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import {
  answerKeys,
  answerText,
  type KeyServer,
  startKeyServer,
} from '../../packages/receiver/test/_key-server.ts'
import { pass, steadyCaller, underLoad } from './_load.ts'
import { published, startService } from './_service.ts'
import { callAs, warmService } from './_warm-service.ts'

const minute = 60_000
const hour = 60 * minute

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
