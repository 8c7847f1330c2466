import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { profilesUrl } from '../policy.ts'
import { useEmulator } from '../use-emulator.ts'
import { each, endpoints, idTokenIn } from './_endpoints.ts'

const running = useEmulator('user-profiles')

describe.for(each)('%s', ([endpoint, ask]) => {
  test('an error with Retry-After, until it is stopped', async () => {
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 7 } as const
    const drill = await running.emulator.drill({ fault, endpoint })
    const answer = await ask(running.emulator)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(running.emulator.requests.at(-1)).toMatchObject({
      endpoint,
      status: 429,
      drill: drill.id,
    })
    drill.stop()
    expect((await ask(running.emulator)).status).toBe(200)
    expect(running.emulator.requests.at(-1)).not.toHaveProperty('drill')
  })

  test('a page of HTML with 200', async () => {
    using _drill = await running.emulator.drill({ fault: { kind: 'html' }, endpoint })
    const answer = await ask(running.emulator)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await answer.text()).toMatch(/^<!doctype html>/)
  })

  test('later', async () => {
    const fault = { kind: 'delay', ms: 150 } as const
    const drill = await running.emulator.drill({ fault, endpoint, times: 1 })
    const began = performance.now()
    expect((await ask(running.emulator)).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(145)
    expect(running.emulator.requests.at(-1)).toMatchObject({ endpoint, drill: drill.id })
  })

  test('no answer while the drill lasts; who still waits is answered then', async () => {
    const drill = await running.emulator.drill({ fault: { kind: 'hang' }, endpoint })
    await expect(ask(running.emulator, AbortSignal.timeout(100))).rejects.toThrow(/timeout/)
    const waiting = ask(running.emulator)
    setTimeout(drill.stop, 50)
    expect((await waiting).status).toBe(200)
  })
})

describe.for(['identity', 'token', 'generate-id-token'] as const)('tokens of %s', (endpoint) => {
  const ask = async () => decodeJwt(await idTokenIn(await endpoints[endpoint](running.emulator)))

  test('for another audience', async () => {
    const before = await ask()
    const drill = await running.emulator.drill({ fault: { kind: 'wrong-audience' }, endpoint })
    expect((await ask()).aud).toBe('https://wrong-audience.example')
    drill.stop()
    expect(await ask()).toMatchObject({ aud: profilesUrl, sub: before.sub })
  })

  test('expired an hour ago', async () => {
    const drill = await running.emulator.drill({ fault: { kind: 'expired-token' }, endpoint })
    expect((await ask()).exp).toBeLessThan(Date.now() / 1000 - 3590)
    drill.stop()
    expect((await ask()).exp).toBeGreaterThan(Date.now() / 1000)
  })
})
