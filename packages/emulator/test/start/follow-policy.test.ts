import { loadPolicy, type PolicyFile } from '@countersign/policy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, type EmulatorState, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'
import { send } from '../send.ts'

const services = {
  login: { calls: { search: { paths: ['/search'] } } },
  search: {},
  cron: {},
}

function policyOf(changes: Partial<PolicyFile> = {}) {
  const prod = { project: 'acme', projectNumber: '123', region: 'us-central1' }
  const environments = { prod: { ...prod, accounts: '{service}-run' } }
  return loadPolicy({ environments, services, ...changes }, { environment: 'prod' })
}

let emulator: Emulator
let app: App
beforeAll(async () => {
  app = await startApp()
  emulator = await startEmulator({ policy: await policyOf() })
  emulator.forwardTo('search', app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})

const audience = 'https://search-123.us-central1.run.app'

async function callAs(service: string, aud = audience): Promise<number> {
  const token = await emulator.idToken(service, aud)
  const headers = { authorization: `Bearer ${token}` }
  return (await send(emulator.frontDoor('search'), { headers, target: '/search' })).status
}

async function state(): Promise<EmulatorState> {
  return JSON.parse((await send(`${emulator.url}/emulator/v1/state`)).body)
}

function edges({ edges: all }: EmulatorState): string[] {
  return all.map(({ from, to }) => `${from} -> ${to}`)
}

test('a caller that is added is let in, and one that is removed is not', async () => {
  expect([await callAs('login'), await callAs('cron')]).toEqual([200, 403])
  const cron = { calls: { search: {} } }
  const edited = await policyOf({ services: { ...services, login: {}, cron } })
  expect(emulator.setPolicy(edited)).toEqual([])
  expect([await callAs('login'), await callAs('cron')]).toEqual([403, 200])
  expect(edges(await state())).toEqual(['cron -> search'])
  const calls = emulator.events.kept.filter((event) => event.type === 'call')
  expect(calls.slice(-2).map(({ declared }) => declared)).toEqual([false, true])
})

test('audiences, public services and pushes follow, and an event says so', async () => {
  const search = { audiences: ['https://search.acme.example'], public: true }
  const push = { kind: 'pubsub' as const, serviceAccount: 'pusher@acme.iam.gserviceaccount.com' }
  const pushes = { orders: { ...push, to: 'search', audience } }
  emulator.setPolicy(await policyOf({ services: { ...services, search }, pushes }))
  expect(emulator.events.kept.at(-1)).toMatchObject({ type: 'policy', needsRestart: [] })
  expect((await send(emulator.frontDoor('search'))).status).toBe(200)
  expect((await state()).services.find(({ name }) => name === 'search')).toMatchObject({
    public: true,
    audiences: [audience, 'https://search.acme.example'],
  })
  expect((await emulator.push('orders')).outcome).toBe('acknowledged')
  emulator.setPolicy(await policyOf())
  expect(await callAs('login', 'https://search.acme.example')).toBe(401)
  expect((await send(emulator.frontDoor('search'))).status).toBe(403)
})

test('what setPublic changed stays through an edit of something else', async () => {
  emulator.setPublic('search', true)
  emulator.setPolicy(await policyOf({ services: { ...services, cron: { calls: { search: {} } } } }))
  expect((await send(emulator.frontDoor('search'))).status).toBe(200)
  emulator.setPublic('search', false)
})

test('what needs a restart is named, and the rest counts', async () => {
  const edited = {
    login: { port: 8080, command: 'node login.ts' },
    search: { calls: { stock: {} } },
    stock: {},
  }
  expect(emulator.setPolicy(await policyOf({ services: edited }))).toEqual([
    'services.stock is new',
    'services.login.command',
    'services.login.port',
    'services.cron is gone',
  ])
  expect(edges(await state())).toEqual([])
  expect([await callAs('login'), await callAs('cron')]).toEqual([403, 403])
})
