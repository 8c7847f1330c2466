import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type PushWorld, startPushWorld } from '../pushes/_world.ts'
import { send } from '../send.ts'

let world: PushWorld
beforeAll(async () => {
  world = await startPushWorld()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  world.app.received.length = 0
})

const post = (body: unknown, headers: Record<string, string> = {}) =>
  send(`${world.emulator.url}/emulator/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('a delivery begins, with the options of emulator.push', async () => {
  const options = { data: { order: 7 }, attributes: { a: 'b' }, path: '/elsewhere', speed: 10 }
  const answer = await post({ push: 'cloud-tasks', ...options })
  expect(answer.status).toBe(202)
  expect(JSON.parse(answer.body)).toEqual({ delivery: expect.any(Number) })
  await vi.waitFor(() => expect(world.app.received).toHaveLength(1))
  expect(world.app.received[0]).toMatchObject({
    url: '/elsewhere',
    body: '{"order":7}',
    headers: { a: 'b' },
  })
})

test('each delivery has a number of its own', async () => {
  const numbers = await Promise.all([post({ push: 'pubsub' }), post({ push: 'pubsub' })])
  expect(new Set(numbers.map(({ body }) => body)).size).toBe(2)
})

test.for<[unknown, string]>([
  [{}, 'push'],
  [{ push: 'orders' }, 'no push'],
  [{ push: 'pubsub', speed: -1 }, 'speed'],
  [[], 'The body must be a JSON object'],
  [null, 'JSON'],
])('%j is a 400 that says what is wrong', async ([body, word]) => {
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body).error).toContain(word)
})

test.for<Record<string, string>>([
  { 'content-type': 'text/plain' },
  { origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
])('a page of another site sends nothing: %j', async (headers) => {
  expect((await post({ push: 'pubsub' }, headers)).status).toBe(403)
  expect(world.app.received).toEqual([])
})
