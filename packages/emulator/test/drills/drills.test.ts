import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'
import { useEmulator } from '../use-emulator.ts'
import { each, endpoints } from './_endpoints.ts'

const running = useEmulator('user-profiles')

const identityPath =
  '/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://a.example'

describe('which requests a drill meets', () => {
  const refused = { kind: 'status', status: 503 } as const
  const ask = async (service: string) => {
    const host = running.emulator.env(service).GCE_METADATA_HOST
    return (await getMetadata(host, identityPath)).status
  }

  test('those of one service', async () => {
    using _drill = await running.emulator.drill({
      fault: refused,
      endpoint: 'identity',
      service: 'login',
    })
    expect([await ask('login'), await ask('search')]).toEqual([503, 200])
  })

  test('so many, and then no more', async () => {
    await running.emulator.drill({ fault: refused, endpoint: 'identity', times: 2 })
    expect([await ask('login'), await ask('search'), await ask('login')]).toEqual([503, 503, 200])
  })

  test('of two, the newest', async () => {
    using _older = await running.emulator.drill({ fault: refused, endpoint: 'identity' })
    const newer = await running.emulator.drill({ fault: { kind: 'status', status: 500 } })
    expect(await ask('login')).toBe(500)
    newer.stop()
    expect(await ask('login')).toBe(503)
  })

  test('everywhere, but not the emulator’s own endpoints', async () => {
    using _drill = await running.emulator.drill({ fault: refused })
    for (const [, askEndpoint] of each.filter(([name]) => !/^(generate|sign)/.test(name))) {
      expect((await askEndpoint(running.emulator)).status).toBe(503)
    }
    const headers = { 'content-type': 'application/json' }
    const url = `${running.emulator.url}/emulator/v1/drills`
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    expect((await endpoints.jwks(running.emulator)).status).toBe(200)
  })

  test('a caller that hangs up while it waits never reaches the app', async () => {
    const drill = await running.emulator.drill({ fault: { kind: 'hang' }, endpoint: 'front-door' })
    const before = running.app.received.length
    await expect(
      endpoints['front-door'](running.emulator, AbortSignal.timeout(50)),
    ).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 50))
    drill.stop()
    expect((await endpoints['front-door'](running.emulator)).status).toBe(200)
    expect(running.app.received.length - before).toBe(1)
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
