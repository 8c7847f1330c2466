import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import type { CallHandled } from '../../src/index.ts'
import { startApp } from '../app.ts'
import { loginEmail, profilesUrl } from '../policy.ts'
import { useEmulator } from '../use-emulator.ts'
import { identity as identityOf, layer, observing } from './_observing.ts'

const running = useEmulator('user-profiles', 'search', 'status')

const { callEvent } = observing(() => running.emulator)
const identity = (service: string) => identityOf(running.emulator, service)
const stages = ({ layers }: CallHandled) => layers.map(({ stage }) => stage)

describe('a call', () => {
  test('that gets through has each layer, and is linked to its token', async () => {
    const { body: token } = await identity('login')
    const fetched = running.emulator.events.kept.at(-1)
    const event = await callEvent({
      token,
      headers: { 'x-serverless-authorization': `Bearer ${token}`, traceparent },
    })
    expect(event).toMatchObject({
      caller: { service: 'login', account: loginEmail, verified: true },
      receiver: 'user-profiles',
      method: 'GET',
      target: '/profiles/7',
      status: 200,
      trace: '4bf92f3577b34da6a3ce929d0e0e4736',
      declared: true,
      token: fetched?.id,
    })
    expect(event).not.toHaveProperty('refusedBy')
    expect(event).not.toHaveProperty('snippet')
    expect(stages(event)).toEqual(['sent', 'token', 'token', 'front-door', 'forwarded', 'answer'])
    expect(layer(event, 'token')).toEqual({
      stage: 'token',
      header: 'x-serverless-authorization',
      claims: expect.objectContaining({ aud: profilesUrl, email: loginEmail }),
      kid: running.emulator.signingKey.kid,
      issuedHere: true,
    })
    expect(layer(event, 'sent')?.headers).toContainEqual([
      'authorization',
      'Bearer <claims of token below>',
    ])
    expect(layer(event, 'forwarded')?.headers).toContainEqual(['x-forwarded-proto', 'https'])
    expect(layer(event, 'answer')).toMatchObject({ status: 200 })
  })

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  test('without a trace has the one that the front door began', async () => {
    const event = await callEvent({ to: 'status' })
    expect(event.trace).toBe(String(running.app.received[0]?.headers.traceparent).slice(3, 35))
  })

  test('if nothing listens: the address of the app', async () => {
    running.emulator.forwardTo('status', 'http://127.0.0.1:1')
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ status: 503, refusedBy: 'front-door', code: 'app_unreachable' })
    expect(event.layers.at(-1)).toMatchObject({ expected: ['http://127.0.0.1:1'] })
  })

  test('refused by its receiver has the code and the detail', async () => {
    await using refusing = await startApp((_, res) => {
      const headers = {
        'content-type': 'application/problem+json',
        'countersign-code': 'operation_not_allowed',
      }
      res.writeHead(403, headers).end(JSON.stringify({ detail: 'Not for this method.' }))
    })
    running.emulator.forwardTo('status', refusing.url)
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ refusedBy: 'receiver', code: 'operation_not_allowed' })
    expect(layer(event, 'answer')).toMatchObject({
      code: 'operation_not_allowed',
      detail: 'Not for this method.',
    })
  })

  test('refused for its operation has that, and those that the policy allows', async () => {
    await using refusing = await startApp((_, res) => {
      res.writeHead(403, { 'countersign-code': 'operation_not_allowed' }).end()
    })
    running.emulator.forwardTo('user-profiles', refusing.url)
    const { body: token } = await identity('login')
    const event = await callEvent({ token, method: 'DELETE', target: '/profiles/7?secret=1' })
    expect(layer(event, 'answer')).toMatchObject({
      got: 'DELETE /profiles/7',
      expected: ['GET on any path'],
    })
  })

  test.for<[number, string | undefined]>([
    [401, 'application'],
    [403, 'application'],
    [404, undefined],
    [500, undefined],
  ])('answered with %i by the app was refused by: %s', async ([status, refusedBy]) => {
    await using other = await startApp((_, res) => res.writeHead(status).end())
    running.emulator.forwardTo('status', other.url)
    expect((await callEvent({ to: 'status' })).refusedBy).toBe(refusedBy)
  })

  test('whose problem is too large, or no JSON, has no detail', async () => {
    const bodies = [JSON.stringify({ detail: 'x'.repeat(5_000) }), '{', 'null', '{"detail":7}']
    for (const body of bodies) {
      await using other = await startApp((_, res) => {
        res.writeHead(400, { 'content-type': 'application/problem+json' }).end(body)
      })
      running.emulator.forwardTo('status', other.url)
      expect(layer(await callEvent({ to: 'status' }), 'answer')).not.toHaveProperty('detail')
    }
  })

  test('that a drill answers names the drill, and is refused by nobody', async () => {
    const fault = { kind: 'status', status: 503 } as const
    using drill = await running.emulator.drill({ fault, endpoint: 'front-door' })
    const event = await callEvent({ to: 'status' })
    expect(event).toMatchObject({ status: 503, drill: drill.id })
    expect(event).not.toHaveProperty('refusedBy')
  })

  test('whose caller hangs up is a 499, in both logs', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    const silent = await listen(createServer(() => resolve()))
    running.emulator.forwardTo('status', silent.url)
    const outgoing = request(running.emulator.frontDoor('status'), { agent: false })
    outgoing.on('error', () => undefined).end()
    await arrived
    outgoing.destroy()
    await expect
      .poll(() => running.emulator.events.kept.at(-1))
      .toMatchObject({ type: 'call', status: 499 })
    expect(running.emulator.requests.at(-1)).toMatchObject({ status: 499 })
    expect(running.emulator.requests.at(-1)).not.toHaveProperty('refusal')
    await silent.close()
  })

  test('its answer is recorded before a long body ends', async () => {
    const endless = await listen(createServer((_, res) => void res.write('begun')))
    running.emulator.forwardTo('status', endless.url)
    const outgoing = request(running.emulator.frontDoor('status'), { agent: false }).end()
    await once(outgoing, 'response')
    expect(running.emulator.events.kept.at(-1)).toMatchObject({ type: 'call', status: 200 })
    outgoing.destroy()
    await endless.close()
  })
})
