import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/index.ts'
import { type App, startApp } from '../../app.ts'
import { profilesUrl, samplePolicy } from '../../policy.ts'
import { each, endpoints, idTokenIn } from './_endpoints.ts'

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

describe.for(each)('%s', ([endpoint, ask]) => {
  test('an error with Retry-After, until it is stopped', async () => {
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 7 } as const
    const drill = await emulator.drill({ fault, endpoint })
    const answer = await ask(emulator)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(emulator.requests.at(-1)).toMatchObject({ endpoint, status: 429, drill: drill.id })
    drill.stop()
    expect((await ask(emulator)).status).toBe(200)
    expect(emulator.requests.at(-1)).not.toHaveProperty('drill')
  })

  test('a page of HTML with 200', async () => {
    using _drill = await emulator.drill({ fault: { kind: 'html' }, endpoint })
    const answer = await ask(emulator)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await answer.text()).toMatch(/^<!doctype html>/)
  })

  test('later', async () => {
    const fault = { kind: 'delay', ms: 150 } as const
    const drill = await emulator.drill({ fault, endpoint, times: 1 })
    const began = performance.now()
    expect((await ask(emulator)).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(145)
    expect(emulator.requests.at(-1)).toMatchObject({ endpoint, drill: drill.id })
  })

  test('no answer while the drill lasts; who still waits is answered then', async () => {
    const drill = await emulator.drill({ fault: { kind: 'hang' }, endpoint })
    await expect(ask(emulator, AbortSignal.timeout(100))).rejects.toThrow(/timeout/)
    const waiting = ask(emulator)
    setTimeout(drill.stop, 50)
    expect((await waiting).status).toBe(200)
  })
})

describe.for(['identity', 'token', 'generate-id-token'] as const)('tokens of %s', (endpoint) => {
  const ask = async () => decodeJwt(await idTokenIn(await endpoints[endpoint](emulator)))

  test('for another audience', async () => {
    const before = await ask()
    const drill = await emulator.drill({ fault: { kind: 'wrong-audience' }, endpoint })
    expect((await ask()).aud).toBe('https://wrong-audience.example')
    drill.stop()
    expect(await ask()).toMatchObject({ aud: profilesUrl, sub: before.sub })
  })

  test('expired an hour ago', async () => {
    const drill = await emulator.drill({ fault: { kind: 'expired-token' }, endpoint })
    expect((await ask()).exp).toBeLessThan(Date.now() / 1000 - 3590)
    drill.stop()
    expect((await ask()).exp).toBeGreaterThan(Date.now() / 1000)
  })
})
