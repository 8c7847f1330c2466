import { expect, test } from 'vitest'
import type { PushAttempted } from '../../src/index.ts'
import { startPushWorld } from './_world.ts'

const speed = 1e6

test('each attempt names the event of its call at the front door', async () => {
  let refused = false
  await using world = await startPushWorld((_, response) => {
    response.writeHead(refused ? 204 : 500).end()
    refused = true
  })
  const { emulator } = world
  const { attempts } = await emulator.push('cloud-tasks', { speed })
  const calls = emulator.events.kept.filter((event) => event.type === 'call')
  expect(attempts.map(({ call }) => call)).toEqual(calls.map(({ id }) => id))
  expect(calls.map(({ status }) => status)).toEqual([500, 204])
  expect(calls[0]).not.toHaveProperty('replayOf')
  const pushes = emulator.events.kept.filter((event): event is PushAttempted => {
    return event.type === 'push'
  })
  expect(pushes.map(({ call }) => call)).toEqual(attempts.map(({ call }) => call))
})

test('a refusal of the front door is named, and one of the receiver with its body', async () => {
  await using world = await startPushWorld((_, response) => {
    const headers = {
      'content-type': 'application/problem+json',
      'countersign-code': 'key_unknown',
    }
    response.writeHead(401, headers)
    setTimeout(() => response.end('{"detail":"late"}'), 50)
  })
  const { emulator } = world
  const front = await emulator.push('unaddressed', { path: '/x', maxAttempts: 1 })
  const receiver = await emulator.push('pubsub', { maxAttempts: 1 })
  const ids = [...front.attempts, ...receiver.attempts].map(({ call }) => call)
  const calls = emulator.events.kept.filter(({ id }) => ids.includes(id))
  expect(calls).toMatchObject([
    { refusedBy: 'front-door', code: 'token_invalid' },
    { refusedBy: 'receiver', code: 'key_unknown' },
  ])
})
