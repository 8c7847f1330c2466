import { googleKeys, type IncomingCall } from '@countersign/receiver'
import { metrics } from '@opentelemetry/api'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, test } from 'vitest'
import { meterReceiver, type ReceiverMeter } from '../src/meter-receiver.ts'
import {
  audience,
  issuer,
  login,
  receiverFor,
  startServer,
  stranger,
  type TestServer,
} from './_services.ts'
import { startTelemetry, type Telemetry } from './_telemetry.ts'

afterEach(() => metrics.disable())

/** A clock that is set by hand, and a meter that goes by it. */
function fixture(): { telemetry: Telemetry; meter: ReceiverMeter; clock: { time: number } } {
  const telemetry = startTelemetry()
  const clock = { time: Date.now() }
  const { meterProvider } = telemetry
  const meter = meterReceiver({ meterProvider, now: () => clock.time })
  return { telemetry, clock, meter }
}

async function callOf(email: string): Promise<IncomingCall> {
  const headers = await issuer.headers({ email, audience })
  return { method: 'GET', url: '/profiles/7?secret=1', headers }
}

/** Google's key endpoint, or a broken one. */
function startKeys(status = 200): Promise<TestServer> {
  return startServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(issuer.jwks()))
  })
}

describe('decisions', () => {
  test('are counted by outcome, code, and whether the token was remembered', async () => {
    const { telemetry, meter } = fixture()
    const receiver = receiverFor({ onDecision: meter.onDecision })
    const call = await callOf(login)
    for (const each of [call, call, await callOf(stranger), { headers: {} }]) {
      await receiver.check(each)
    }
    expect(await telemetry.points('countersign.receiver.decisions')).toEqual([
      { value: 1, attributes: decision('allowed', false) },
      { value: 1, attributes: decision('allowed', true) },
      { value: 1, attributes: decision('denied', false, 'caller_not_allowed') },
      { value: 1, attributes: decision('denied', false, 'token_missing') },
    ])
  })

  test('that were only reported say so', async () => {
    const { telemetry, meter } = fixture()
    const receiver = receiverFor({ mode: 'report-only', onDecision: meter.onDecision })
    await receiver.check(await callOf(stranger))
    expect(await telemetry.points('countersign.receiver.decisions')).toEqual([
      { value: 1, attributes: decision('reported', false, 'caller_not_allowed') },
    ])
  })

  test('are timed in seconds, finely enough to tell a remembered token', async () => {
    const { telemetry, meter } = fixture()
    const event = { got: undefined, expected: undefined, caller: undefined, method: 'GET' }
    meter.onDecision({
      ...event,
      path: '/',
      code: undefined,
      outcome: 'allowed',
      cached: true,
      durationMs: 0.02,
    })
    const all = await telemetry.metrics()
    const found = all.find(({ descriptor }) => descriptor.name.endsWith('decision.duration'))
    if (found?.dataPointType !== DataPointType.HISTOGRAM) throw new Error('no histogram')
    const [point] = found.dataPoints
    expect(found.descriptor.unit).toBe('s')
    expect(point?.attributes).toEqual(decision('allowed', true))
    expect(point?.value.sum).toBeCloseTo(0.00002, 10)
    expect(point?.value.buckets.counts.slice(0, 3)).toEqual([0, 1, 0])
  })

  test('write the verified caller onto the active span, and no token', async () => {
    const { telemetry, meter } = fixture()
    const receiver = receiverFor({ onDecision: meter.onDecision })
    const span = await telemetry.inSpan(async () => receiver.check(await callOf(stranger)))
    expect(span.attributes).toEqual({
      'countersign.outcome': 'denied',
      'countersign.code': 'caller_not_allowed',
      'countersign.cached': false,
      'countersign.caller': stranger,
    })
  })

  test('write no caller whose signature does not hold', async () => {
    const { telemetry, meter } = fixture()
    const receiver = receiverFor({ onDecision: meter.onDecision })
    const { authorization } = await issuer.headers({ email: login, audience })
    const forged = { headers: { authorization: `${authorization.slice(0, -6)}AAAAAA` } }
    const span = await telemetry.inSpan(() => receiver.check(forged))
    expect(span.attributes).toEqual({
      'countersign.outcome': 'denied',
      'countersign.code': 'signature_invalid',
      'countersign.cached': false,
    })
  })

  test('of every forged call leave no token behind, and few series', async () => {
    const { telemetry, meter } = fixture()
    const receiver = receiverFor({ onDecision: meter.onDecision })
    const forgeries = await issuer.forgeries({ email: login, audience })
    const span = await telemetry.inSpan(async () => {
      for (const { headers, rawHeaders } of forgeries) await receiver.check({ headers, rawHeaders })
    })
    const told = JSON.stringify([await telemetry.metrics(), span.attributes, span.events])
    expect(told).not.toContain('eyJ')
    expect((await telemetry.points('countersign.receiver.decisions')).length).toBeLessThan(25)
  })
})

describe('keys', () => {
  test('are counted by what happened to them', async () => {
    const { telemetry, meter } = fixture()
    await using well = await startKeys()
    await using broken = await startKeys(500)
    const good = googleKeys({ url: well.url, onEvent: meter.onKeyEvent })
    await good.ready()
    await good.key('of nobody')
    await googleKeys({ url: broken.url, onEvent: meter.onKeyEvent })
      .ready()
      .catch(() => {})
    expect(await telemetry.points('countersign.receiver.key.events')).toEqual([
      { value: 2, attributes: { 'countersign.key_event': 'keys_refreshed' } },
      { value: 1, attributes: { 'countersign.key_event': 'kid_unknown' } },
      { value: 1, attributes: { 'countersign.key_event': 'keys_refresh_failed' } },
    ])
  })

  test('are as old as the oldest that is observed', async () => {
    const { telemetry, meter, clock } = fixture()
    await using server = await startKeys()
    const now = (): number => clock.time
    const old = googleKeys({ url: server.url, now })
    await old.ready()
    clock.time += 60_000
    const young = googleKeys({ url: server.url, now })
    await young.ready()
    clock.time += 1000
    meter.observe(young)
    const stop = meter.observe(receiverFor({ keys: old }))
    const age = (): Promise<unknown> => telemetry.points('countersign.receiver.key.age')
    expect(await age()).toEqual([{ value: 61, attributes: {} }])
    stop()
    expect(await age()).toEqual([{ value: 1, attributes: {} }])
  })

  test('that were never fetched have no age', async () => {
    const { telemetry, meter } = fixture()
    meter.observe(receiverFor())
    expect(await telemetry.points('countersign.receiver.key.age')).toEqual([])
  })
})

describe('the token cache', () => {
  test('is as large as those of all observed receivers', async () => {
    const { telemetry, meter } = fixture()
    const receivers = [receiverFor(), receiverFor(), receiverFor()]
    for (const receiver of receivers.slice(1)) await receiver.check(await callOf(login))
    for (const receiver of receivers) meter.observe(receiver)
    expect(await telemetry.points('countersign.receiver.token_cache.entries')).toEqual([
      { value: 2, attributes: {} },
    ])
  })

  test('is not told of where only keys are observed', async () => {
    const { telemetry, meter } = fixture()
    meter.observe(issuer.keys)
    expect(await telemetry.points('countersign.receiver.token_cache.entries')).toEqual([])
  })

  test('is told of although another source fails', async () => {
    const { telemetry, meter } = fixture()
    meter.observe({
      health: () => {
        throw new Error('a broken source')
      },
    })
    meter.observe(receiverFor())
    expect(await telemetry.points('countersign.receiver.token_cache.entries')).toEqual([
      { value: 0, attributes: {} },
    ])
  })
})

describe('meterReceiver', () => {
  test('goes to the global provider where none is given', async () => {
    const telemetry = startTelemetry()
    metrics.setGlobalMeterProvider(telemetry.meterProvider)
    const { onDecision } = meterReceiver()
    await receiverFor({ onDecision }).check({ headers: {} })
    expect(await telemetry.points('countersign.receiver.decisions')).toHaveLength(1)
  })

  test('changes no decision where the SDK is broken', async () => {
    const { onDecision } = meterReceiver({ meterProvider: startTelemetry().meterProvider })
    const telemetry = startTelemetry()
    const receiver = receiverFor({ onDecision })
    await telemetry.inSpan(async (span) => {
      span.setAttributes = () => {
        throw new Error('a broken span')
      }
      expect(await receiver.check(await callOf(login))).toMatchObject({ allowed: true })
    })
  })
})

function decision(outcome: string, cached: boolean, code?: string): object {
  return {
    'countersign.outcome': outcome,
    'countersign.cached': cached,
    ...(code && { 'countersign.code': code }),
  }
}
