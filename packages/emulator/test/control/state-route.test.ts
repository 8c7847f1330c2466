import { expect, test } from 'vitest'
import { type EmulatorState, startEmulator } from '../../src/index.ts'
import { loginEmail, samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

test('it says what the emulator is made of, and how it is now', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  emulator.setPublic('search', true)
  using drill = await emulator.drill({ fault: { kind: 'html' }, endpoint: 'jwks' })
  const { status, body } = await send(`${emulator.url}/emulator/v1/state`)
  expect(status).toBe(200)
  const state = JSON.parse(body) as EmulatorState
  expect(state.url).toBe(emulator.url)
  expect(state.services.map(({ name }) => name)).toEqual([
    'login',
    'user-profiles',
    'search',
    'status',
    'cron',
  ])
  expect(state.services[0]).toEqual({
    name: 'login',
    account: loginEmail,
    frontDoor: emulator.frontDoor('login'),
    url: 'https://login-123.us-central1.run.app',
    audiences: ['https://login-123.us-central1.run.app'],
    public: false,
    access: { invokerCheck: true, ingress: 'all', iap: false },
    grants: [],
  })
  expect(state.services[2]?.public).toBe(true)
  expect(state.services[4]).toEqual({
    name: 'cron',
    account: 'cron-run@acme-jobs.iam.gserviceaccount.com',
    audiences: [],
    public: false,
    access: { invokerCheck: true, ingress: 'all', iap: false },
    grants: [],
  })
  expect(state.edges).toEqual([
    { from: 'login', to: 'user-profiles', rules: [{ methods: ['GET'] }] },
    { from: 'cron', to: 'search', rules: [{}] },
  ])
  expect(state.pushes).toEqual([
    {
      name: 'orders',
      kind: 'pubsub',
      to: 'search',
      path: '/push/orders',
      methods: ['POST'],
      account: 'pusher@acme.iam.gserviceaccount.com',
    },
  ])
  expect(state.drills).toEqual(emulator.events.kept.filter(({ type }) => type === 'drill'))
  expect(state.drills[0]).toMatchObject({ drill: drill.id, active: true })
})

test('it says which run it is: the same each time, another one on each start', async () => {
  const policy = await samplePolicy()
  await using first = await startEmulator({ policy })
  await using second = await startEmulator({ policy })
  const [run, again, other] = await Promise.all(
    [first, first, second].map(async ({ url }) => {
      return JSON.parse((await send(`${url}/emulator/v1/state`)).body).run
    }),
  )
  expect(run).toMatch(/^[\da-f-]{36}$/)
  expect(again).toBe(run)
  expect(other).not.toBe(run)
})

test('a drill that has ended is not in it', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const drill = await emulator.drill({ fault: { kind: 'html' } })
  drill.stop()
  const { body } = await send(`${emulator.url}/emulator/v1/state`)
  expect(JSON.parse(body).drills).toEqual([])
})
