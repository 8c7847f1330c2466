import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

const path = (service: string): string =>
  `${emulator.url}/emulator/v1/services/${encodeURIComponent(service)}/env`

test('it is what env says in process', async () => {
  const answer = await fetch(path('login'))
  expect(await answer.json()).toEqual(emulator.env('login'))
})

test('an unknown service is 404, and the error lists those there are', async () => {
  const answer = await fetch(path('../login'))
  expect(answer.status).toBe(404)
  expect(await answer.json()).toEqual({
    error:
      'The policy has no service "../login": write one of login, user-profiles, search, status, cron',
  })
})

test('a page of another site does not read it', async () => {
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://127.0.0.1:1' }]) {
    expect((await send(path('login'), { headers })).status).toBe(403)
  }
})

test('a foreign Host is refused', async () => {
  const answer = await send(path('login'), { headers: { host: 'evil.example' } })
  expect(answer.status).toBe(403)
})
