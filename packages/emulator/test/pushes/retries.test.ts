import { expect, onTestFinished, test, vi } from 'vitest'
import { deliver } from '../../src/pushes/deliver.ts'
import { pubsub } from '../../src/pushes/products.ts'
import { startApp } from '../app.ts'
import { startPushWorld } from './_world.ts'

/** An app that answers with one status after the other, then with the last. */
async function answering(...statuses: (number | [status: number, retryAfter: string])[]) {
  let next = 0
  const world = await startPushWorld((_, response) => {
    const [status, retryAfter] = [statuses[Math.min(next++, statuses.length - 1)] ?? 200].flat()
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
    response.writeHead(Number(status)).end()
  })
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

const speed = 1e6

test.for([200, 201, 202, 204])('Pub/Sub takes %i as done', async (status) => {
  const { emulator } = await answering(status)
  const { outcome, attempts } = await emulator.push('pubsub')
  expect([outcome, attempts.length]).toEqual(['acknowledged', 1])
})

test.for([203, 302, 400, 403, 500])('Pub/Sub tries again after %i', async (status) => {
  const { emulator } = await answering(status, 204)
  const { attempts } = await emulator.push('pubsub', { speed })
  expect(attempts.map(({ status: got, outcome }) => [got, outcome])).toEqual([
    [status, 'will-retry'],
    [204, 'acknowledged'],
  ])
})

test('Pub/Sub waits longer and longer, and is given up in the end', async () => {
  const { emulator } = await answering(503)
  const { outcome, attempts } = await emulator.push('pubsub', { maxAttempts: 9, speed })
  expect(outcome).toBe('given-up')
  expect(attempts.map(({ retryInMs }) => retryInMs)).toEqual([
    10_000,
    20_000,
    40_000,
    80_000,
    160_000,
    320_000,
    600_000,
    600_000,
    undefined,
  ])
  expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('Cloud Tasks counts its attempts and tells the answer before', async () => {
  const { emulator, app } = await answering(500, 404, 299)
  const { attempts } = await emulator.push('cloud-tasks', { speed })
  expect(attempts.map(({ retryInMs }) => retryInMs)).toEqual([100, 200, undefined])
  const names = ['taskretrycount', 'taskexecutioncount', 'taskpreviousresponse']
  const told = app.received.map(({ headers }) =>
    names.map((name) => headers[`x-cloudtasks-${name}`]),
  )
  expect(told).toEqual([
    ['0', '0', undefined],
    ['1', '1', '500'],
    ['2', '2', '404'],
  ])
  const ids = new Set(app.received.map(({ headers }) => headers['x-cloudtasks-taskname']))
  expect(ids.size).toBe(1)
})

test.for([429, 503])('Cloud Tasks heeds Retry-After of a %i', async (status) => {
  const { emulator } = await answering([status, '30'], 200)
  const { attempts } = await emulator.push('cloud-tasks', { speed })
  expect(attempts[0]?.retryInMs).toBe(30_000)
})

test('Cloud Tasks heeds a Retry-After that is a date, and waits a day at most', async () => {
  const soon = new Date(Date.now() + 30_000).toUTCString()
  const { emulator } = await answering([503, soon], [503, 'Fri, 31 Dec 2099 23:59:59 GMT'], 200)
  const { attempts } = await emulator.push('cloud-tasks', { speed })
  expect(attempts[0]?.retryInMs).toBeGreaterThan(25_000)
  expect(attempts[0]?.retryInMs).toBeLessThanOrEqual(30_000)
  expect(attempts[1]?.retryInMs).toBe(86_400_000)
})

test('a time between attempts that no timer can hold is waited for too', async () => {
  const { emulator, app } = await answering([503, '86400'])
  const push = emulator.push('cloud-tasks', { speed: 0.01 })
  await vi.waitFor(() => expect(app.received).toHaveLength(1))
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(app.received).toHaveLength(1)
  await emulator.stop()
  expect((await push).outcome).toBe('given-up')
})

test('Cloud Tasks ignores Retry-After of other answers, and Pub/Sub always ignores it', async () => {
  const { emulator } = await answering([500, '30'], 200, [503, '30'], 200)
  const tasks = await emulator.push('cloud-tasks', { speed })
  expect(tasks.attempts[0]?.retryInMs).toBe(100)
  const pubsubs = await emulator.push('pubsub', { speed })
  expect(pubsubs.attempts[0]?.retryInMs).toBe(10_000)
})

test('Cloud Scheduler gives up a run that fails, unless maxAttempts allows retries', async () => {
  const { emulator } = await answering(500)
  expect((await emulator.push('cloud-scheduler', { speed })).attempts).toHaveLength(1)
  const { attempts } = await emulator.push('cloud-scheduler', { maxAttempts: 3, speed })
  expect(attempts.map(({ retryInMs }) => retryInMs)).toEqual([5_000, 10_000, undefined])
})

test('the time between attempts passes as asked', async () => {
  const { emulator } = await answering(500, 200)
  const began = performance.now()
  await emulator.push('cloud-tasks', { speed: 0.5 })
  expect(performance.now() - began).toBeGreaterThan(195)
})

test('an app that does not listen is tried again', async () => {
  const { emulator, app } = await answering(200)
  await app[Symbol.asyncDispose]()
  const { attempts } = await emulator.push('cloud-tasks', { maxAttempts: 2, speed })
  expect(attempts.map(({ status }) => status)).toEqual([503, 503])
})

test('no answer before the deadline counts as none', async () => {
  await using app = await startApp(() => {})
  const attempts = await deliver({
    product: { ...pubsub, deadlineMs: 50 },
    delivery: {
      name: 'orders',
      id: '1',
      project: { id: 'acme', number: '123', region: 'us-central1' },
      data: Buffer.alloc(0),
      attributes: {},
      payload: 'wrapped',
      createdAt: 0,
    },
    method: 'POST',
    url: new URL(app.url),
    host: new URL(app.url).host,
    maxAttempts: 2,
    speed,
    token: async () => 'token',
    now: Date.now,
    expectCall: () => () => {},
    onAttempt: () => {},
    signal: new AbortController().signal,
  })
  expect(attempts.map(({ status, outcome }) => [status, outcome])).toEqual([
    [0, 'will-retry'],
    [0, 'given-up'],
  ])
})

test('stopping the emulator gives up what waits', async () => {
  const { emulator, app } = await answering(500)
  const push = emulator.push('pubsub')
  await vi.waitFor(() => expect(app.received).toHaveLength(1))
  await emulator.stop()
  const { outcome, attempts } = await push
  expect(outcome).toBe('given-up')
  expect(attempts).toHaveLength(1)
})
