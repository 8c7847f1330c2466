import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/index.ts'
import { type App, startApp } from '../../app.ts'
import { samplePolicy } from '../../policy.ts'
import { getMetadata } from '../../send.ts'
import { each, endpoints } from './_endpoints.ts'

let emulator: Emulator
let app: App
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  app = await startApp()
  emulator.forwardTo('user-profiles', app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})

const identityPath =
  '/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://a.example'

describe('which requests a drill meets', () => {
  const refused = { kind: 'status', status: 503 } as const
  const ask = async (service: string) => {
    const host = emulator.env(service).GCE_METADATA_HOST
    return (await getMetadata(host, identityPath)).status
  }

  test('those of one service', async () => {
    using _drill = await emulator.drill({ fault: refused, endpoint: 'identity', service: 'login' })
    expect([await ask('login'), await ask('search')]).toEqual([503, 200])
  })

  test('so many, and then no more', async () => {
    await emulator.drill({ fault: refused, endpoint: 'identity', times: 2 })
    expect([await ask('login'), await ask('search'), await ask('login')]).toEqual([503, 503, 200])
  })

  test('of two, the newest', async () => {
    using _older = await emulator.drill({ fault: refused, endpoint: 'identity' })
    const newer = await emulator.drill({ fault: { kind: 'status', status: 500 } })
    expect(await ask('login')).toBe(500)
    newer.stop()
    expect(await ask('login')).toBe(503)
  })

  test('everywhere, but not the emulator’s own endpoints', async () => {
    using _drill = await emulator.drill({ fault: refused })
    for (const [, askEndpoint] of each.filter(([name]) => !name.startsWith('generate'))) {
      expect((await askEndpoint(emulator)).status).toBe(503)
    }
    const headers = { 'content-type': 'application/json' }
    const url = `${emulator.url}/emulator/v1/drills`
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    expect((await endpoints.jwks(emulator)).status).toBe(200)
  })

  test('a caller that hangs up while it waits never reaches the app', async () => {
    const drill = await emulator.drill({ fault: { kind: 'hang' }, endpoint: 'front-door' })
    const before = app.received.length
    await expect(endpoints['front-door'](emulator, AbortSignal.timeout(50))).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 50))
    drill.stop()
    expect((await endpoints['front-door'](emulator)).status).toBe(200)
    expect(app.received.length - before).toBe(1)
  })

  test('the emulator stops while somebody hangs', async () => {
    const other = await startEmulator({ policy: await samplePolicy() })
    await other.drill({ fault: { kind: 'hang' } })
    const waiting = endpoints.jwks(other).catch(() => 'gone')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await other.stop()
    await waiting
  })
})
