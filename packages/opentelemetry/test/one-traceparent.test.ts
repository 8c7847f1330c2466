/** Undici instrumented, as `auto-instrumentations-node` has it: it appends its trace to what is there. */

import { createServer, get, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServiceFetch, requestFetch } from '@countersign/caller'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { expect, onTestFinished, test } from 'vitest'
import { tracedFetch } from '../src/traced-fetch.ts'
import { audience, identityOf } from './_services.ts'
import { startTelemetry } from './_telemetry.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const valid = `00-${traceId}-b7ad6b7169203331-01`
const anyValid = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/

const { tracerProvider } = startTelemetry()

/** Subscribes anew, and so after all who are there. */
function instrument(): void {
  const undici = new UndiciInstrumentation()
  undici.setTracerProvider(tracerProvider)
  onTestFinished(() => undici.disable())
}

/** A server that remembers each `traceparent` line of its last request. */
async function startNext() {
  const seen: string[] = []
  const url = await listen(({ rawHeaders }, response) => {
    const isParent = (_: string, index: number) =>
      index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'traceparent'
    seen.push(...rawHeaders.filter(isParent))
    response.end()
  })
  return { seen, url }
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** As a client of a service of ours: its headers go out as they are. */
async function ask(url: string, headers: Record<string, string | string[]>): Promise<void> {
  await new Promise((resolve) => get(url, { headers, agent: false }, resolve).end())
}

interface Setting {
  instrumented: boolean
  traced: boolean
  signCalls: boolean
  inbound: string | readonly string[] | undefined
}

async function sentWith({ instrumented, traced, signCalls, inbound }: Setting) {
  const next = await startNext()
  if (instrumented) instrument()
  const serviceFetch = createServiceFetch({
    targets: [{ url: next.url, audience }],
    identity: identityOf(),
    ...(traced && { fetch: tracedFetch({ tracerProvider }) }),
  })
  const service = await listen(async (request, response) => {
    const fetch = signCalls ? requestFetch(serviceFetch, { request, response }) : serviceFetch
    await fetch(`${next.url}/x`)
    response.end()
  })
  await ask(service, inbound === undefined ? {} : { traceparent: [inbound].flat() })
  return next.seen
}

const booleans = [true, false]
const inbounds = [
  ['a valid trace', valid],
  ['two traces', [valid, valid]],
  ['an invalid trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['no trace', undefined],
] as const

const settings = booleans.flatMap((instrumented) =>
  booleans.flatMap((traced) =>
    booleans.flatMap((signCalls) =>
      inbounds.map(([what, inbound]) => ({ instrumented, traced, signCalls, what, inbound })),
    ),
  ),
)

test.each(settings)(
  'undici instrumented: $instrumented, tracedFetch: $traced, signCalls: $signCalls, inbound $what',
  async (setting) => {
    const seen = await sentWith(setting)
    const isCarried = setting.signCalls && setting.inbound === valid
    const isTraced = setting.instrumented || setting.traced || isCarried
    expect(seen).toEqual(isTraced ? [expect.stringMatching(anyValid)] : [])
    if (isCarried) expect(seen[0]).toContain(traceId)
  },
)

test('one that subscribes after our first call after the first call adds no second one either', async () => {
  await sentWith({ instrumented: true, traced: false, signCalls: true, inbound: valid })
  const seen = await sentWith({
    instrumented: true,
    traced: false,
    signCalls: true,
    inbound: valid,
  })
  expect(seen).toEqual([valid])
})

test('a trace that was set by hand counts alone too', async () => {
  instrument()
  const next = await startNext()
  const targets = [{ url: next.url, audience }]
  const serviceFetch = createServiceFetch({ targets, identity: identityOf() })
  await serviceFetch(next.url, { headers: { traceparent: valid } })
  expect(next.seen).toEqual([valid])
})

test("another client's call with our headers has one too", async () => {
  instrument()
  const next = await startNext()
  const targets = [{ url: next.url, audience }]
  const serviceFetch = createServiceFetch({ targets, identity: identityOf() })
  const service = await listen(async (request, response) => {
    const bound = requestFetch(serviceFetch, { request, response })
    await fetch(next.url, { headers: await bound.headers(next.url) })
    response.end()
  })
  await ask(service, { traceparent: valid })
  expect(next.seen).toEqual([valid])
})

test('calls of others in the process are left as they are', async () => {
  await sentWith({ instrumented: true, traced: false, signCalls: true, inbound: valid })
  const next = await startNext()
  await fetch(next.url, { headers: { traceparent: valid } })
  expect(next.seen).toHaveLength(2)
})
