import { X509Certificate } from 'node:crypto'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { type DrillableEndpoint, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { useEmulator } from '../use-emulator.ts'
import { endpoints, idTokenIn } from './_endpoints.ts'

const running = useEmulator('user-profiles')

describe('clock-shift', () => {
  test('a metadata server ahead of time issues tokens from the future', async () => {
    const fault = { kind: 'clock-shift', seconds: 1800 } as const
    const drill = await running.emulator.drill({ fault, endpoint: 'identity', service: 'login' })
    const ask = async () => decodeJwt(await idTokenIn(await endpoints.identity(running.emulator)))
    expect((await ask()).iat).toBeGreaterThan(Date.now() / 1000 + 1790)
    drill.stop()
    expect((await ask()).iat).toBeLessThanOrEqual(Date.now() / 1000)
  })

  test('IAM ahead of time takes tokens for expired', async () => {
    const fault = { kind: 'clock-shift', seconds: 3700 } as const
    const drill = await running.emulator.drill({ fault, endpoint: 'front-door' })
    expect((await endpoints['front-door'](running.emulator)).status).toBe(401)
    expect(running.emulator.requests.at(-1)).toMatchObject({
      refusal: 'token_invalid',
      drill: drill.id,
    })
    drill.stop()
    expect((await endpoints['front-door'](running.emulator)).status).toBe(200)
  })

  test('what is made in between is gone with it: access tokens and certificates', async () => {
    await using google = await startEmulator({ policy: await samplePolicy() })
    const json = async (endpoint: DrillableEndpoint) =>
      (await (await endpoints[endpoint](google)).json()) as Record<string, unknown>
    const accessToken = () => json('access-token')
    const certificate = async () => Object.values(await json('certs'))[0]
    const drill = await google.drill({ fault: { kind: 'clock-shift', seconds: 30 * 24 * 3600 } })
    const [ahead, again, cert] = [await accessToken(), await accessToken(), await certificate()]
    drill.stop()
    const [after, kept] = [await accessToken(), await accessToken()]
    for (const { expires_in: left } of [ahead, again, after]) expect([3599, 3600]).toContain(left)
    expect(new Set([ahead, again, after].map((one) => one.access_token)).size).toBe(3)
    expect(kept.access_token).toBe(after.access_token)
    expect(await certificate()).toBe(cert)
    expect(Date.parse(new X509Certificate(String(cert)).validFrom)).toBeLessThan(Date.now())
  })

  test('a token endpoint behind time refuses assertions', async () => {
    const fault = { kind: 'clock-shift', seconds: -3600 } as const
    using _drill = await running.emulator.drill({ fault, endpoint: 'token' })
    const answer = await endpoints.token(running.emulator)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })
})
