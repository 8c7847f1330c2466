import {
  type CallEvent,
  createServiceFetch,
  type ServiceFetch,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import { describe, expect, test } from 'vitest'
import { type CallerMeter, meterCaller } from '../src/meter-caller.ts'
import {
  audience,
  identityOf,
  receiverFor,
  startServer,
  startService,
  stranger,
} from './_services.ts'
import { startTelemetry, type Telemetry } from './_telemetry.ts'

interface Fixture {
  telemetry: Telemetry
  meter: CallerMeter
  /** A `serviceFetch` for one target, metered. */
  fetchTo(url: string, options?: Partial<ServiceFetchOptions>): ServiceFetch
}

function fixture(): Fixture {
  const telemetry = startTelemetry()
  const meter = meterCaller({ meterProvider: telemetry.meterProvider })
  return {
    telemetry,
    meter,
    fetchTo: (url, options) =>
      createServiceFetch({
        targets: [{ name: 'user-profiles', url, audience }],
        identity: identityOf(),
        onCall: meter.onCall,
        ...options,
      }),
  }
}

const answered: CallEvent = {
  target: 'user-profiles',
  method: 'GET',
  url: 'http://127.0.0.1/',
  status: 200,
  refusedBy: undefined,
  code: undefined,
  enforced: true,
  attempt: 1,
  tokenAgeMs: 0,
  durationMs: 30,
}

describe('calls', () => {
  test('are counted by target and status', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startService(receiverFor())
    const serviceFetch = fetchTo(server.url)
    await serviceFetch(`${server.url}/profiles/7?secret=1`)
    await serviceFetch(`${server.url}/profiles/8`)
    expect(await telemetry.points('countersign.caller.calls')).toEqual([
      { value: 2, attributes: call(200) },
    ])
    expect(await telemetry.points('countersign.caller.call.duration')).toEqual([
      { value: 2, attributes: call(200) },
    ])
  })

  test('say who refused them, and why', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startService(receiverFor())
    await fetchTo(server.url, { identity: identityOf(stranger) })(server.url)
    const refusal = {
      'countersign.refused_by': 'receiver',
      'countersign.code': 'caller_not_allowed',
    }
    expect(await telemetry.points('countersign.caller.calls')).toEqual([
      { value: 1, attributes: { ...call(403), ...refusal } },
    ])
  })

  test('that were never sent are counted, and not timed', async () => {
    const { telemetry, fetchTo } = fixture()
    const serviceFetch = fetchTo('https://user-profiles-123.us-central1.run.app')
    await expect(serviceFetch('https://elsewhere.example')).rejects.toThrow()
    const attributes = {
      'countersign.refused_by': 'caller',
      'countersign.code': 'target_not_allowed',
    }
    expect(await telemetry.points('countersign.caller.calls')).toEqual([{ value: 1, attributes }])
    expect(await telemetry.points('countersign.caller.call.duration')).toEqual([])
  })

  test('that report-only let go are counted as such, and timed', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startServer((_request, response) => response.end())
    const serviceFetch = fetchTo('https://elsewhere.example', { mode: 'report-only', log: false })
    await serviceFetch(server.url)
    const answered = { 'http.response.status_code': 200 }
    const attributes = {
      ...answered,
      'countersign.refused_by': 'caller',
      'countersign.code': 'target_not_allowed',
      'countersign.outcome': 'reported',
    }
    expect(await telemetry.points('countersign.caller.calls')).toEqual([{ value: 1, attributes }])
    expect(await telemetry.points('countersign.caller.call.duration')).toEqual([
      { value: 1, attributes: answered },
    ])
  })

  test('that nobody answered have no status', async () => {
    const { telemetry, fetchTo } = fixture()
    const server = await startServer(() => {})
    await server[Symbol.asyncDispose]()
    await expect(fetchTo(server.url)(server.url)).rejects.toThrow()
    expect(await telemetry.points('countersign.caller.calls')).toEqual([
      { value: 1, attributes: { 'countersign.target': 'user-profiles' } },
    ])
  })

  test('are timed in seconds, in the buckets of the semantic conventions', async () => {
    const { telemetry, meter } = fixture()
    meter.onCall(answered)
    const all = await telemetry.metrics()
    const found = all.find(({ descriptor }) => descriptor.name.endsWith('call.duration'))
    if (found?.dataPointType !== DataPointType.HISTOGRAM) throw new Error('no histogram')
    const { sum, buckets } = found.dataPoints[0]?.value ?? { buckets: { boundaries: [] } }
    expect(found.descriptor.unit).toBe('s')
    expect(sum).toBeCloseTo(0.03, 10)
    expect(buckets.boundaries).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ])
  })

  test('are events on the active span, one each', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startService(receiverFor())
    const serviceFetch = fetchTo(server.url)
    const span = await telemetry.inSpan(async () => {
      await serviceFetch(`${server.url}/profiles/7?secret=1`)
      await serviceFetch('https://elsewhere.example').catch(() => {})
    })
    expect(span.attributes).toEqual({})
    expect(span.events.map(({ name, attributes }) => ({ name, ...attributes }))).toEqual([
      { name: 'countersign.call', ...call(200), 'http.request.method': 'GET' },
      {
        name: 'countersign.call',
        'countersign.refused_by': 'caller',
        'countersign.code': 'target_not_allowed',
        'http.request.method': 'GET',
      },
    ])
  })

  test('that were repeated say how often', async () => {
    const { telemetry, meter } = fixture()
    const span = await telemetry.inSpan(() => meter.onCall({ ...answered, attempt: 2 }))
    expect(span.events[0]?.attributes).toMatchObject({ 'http.request.resend_count': 1 })
  })

  test('with a method of their own are no series of their own', async () => {
    const { telemetry, meter } = fixture()
    const span = await telemetry.inSpan(() => meter.onCall({ ...answered, method: 'BREW' }))
    expect(span.events[0]?.attributes).toMatchObject({ 'http.request.method': '_OTHER' })
  })

  test('tell no code that a server made up', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startServer((_seen, response) => {
      response.writeHead(401, { 'countersign-code': 'made_up' }).end()
    })
    const span = await telemetry.inSpan(() => fetchTo(server.url)(server.url))
    expect(span.events[0]?.attributes).toMatchObject({ 'countersign.code': '_OTHER' })
  })

  test('keep the token that a server sends back as its code out of everything', async () => {
    const { telemetry, fetchTo } = fixture()
    await using server = await startServer(({ headers }, response) => {
      response.writeHead(401, { 'countersign-code': headers.authorization?.slice(7) })
      response.end()
    })
    const identity = identityOf()
    const span = await telemetry.inSpan(() => fetchTo(server.url, { identity })(server.url))
    expect(span.events[0]?.attributes).toMatchObject({ 'countersign.refused_by': 'application' })
    const told = JSON.stringify([await telemetry.metrics(), span.events])
    expect(identity.tokens).not.toEqual([])
    for (const token of identity.tokens) expect(told).not.toContain(token)
    expect(told).not.toContain('eyJ')
  })
})

describe('tokens', () => {
  test('are as old as the oldest that is observed', async () => {
    const { telemetry, meter, fetchTo } = fixture()
    const clock = { time: Date.now() }
    const young = fetchTo('http://127.0.0.1', { now: () => clock.time })
    await young.ready()
    const old = fetchTo('http://127.0.0.1', { now: () => clock.time + 60_000 })
    await old.ready()
    meter.observe(young)
    const stop = meter.observe(old)
    const before = await ageOf(telemetry)
    stop()
    expect(before - (await ageOf(telemetry))).toBe(60)
  })

  test('that were never had have no age', async () => {
    const { telemetry, meter, fetchTo } = fixture()
    meter.observe(fetchTo('http://127.0.0.1'))
    expect(await telemetry.points('countersign.caller.token.age')).toEqual([])
    expect(await telemetry.points('countersign.caller.token.failing')).toEqual([
      { value: 0, attributes: {} },
    ])
  })

  test('that cannot be had are counted as failing', async () => {
    const { telemetry, meter, fetchTo } = fixture()
    const identity = { idToken: () => Promise.reject(new Error('down')) }
    const serviceFetch = fetchTo('http://127.0.0.1', { identity })
    await serviceFetch.ready().catch(() => {})
    meter.observe(serviceFetch)
    expect(await telemetry.points('countersign.caller.token.failing')).toEqual([
      { value: 1, attributes: {} },
    ])
  })

  test('are not told of where nothing is observed', async () => {
    const { telemetry } = fixture()
    expect(await telemetry.points('countersign.caller.token.failing')).toEqual([])
  })
})

async function ageOf(telemetry: Telemetry): Promise<number> {
  const [point] = await telemetry.points('countersign.caller.token.age')
  return point?.value ?? Number.NaN
}

function call(status: number): object {
  return { 'countersign.target': 'user-profiles', 'http.response.status_code': status }
}
