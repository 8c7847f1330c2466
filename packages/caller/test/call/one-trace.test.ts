import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { expectOneTrace, withOneTrace } from '../../src/call/one-trace.ts'

/** Instrumentations as undici has them: they append their trace to the headers that are there. */

const name = 'undici:request:create'
const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const child = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01'
const other = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

interface Shown {
  request: { headers: string[]; addHeader(name: string, value: string): unknown }
}

/** Adds headers to each request, as an instrumentation does. */
function instrument(...added: [string, string][]): void {
  const listener = (message: unknown) => {
    const { request } = message as Shown
    for (const [header, value] of added) request.addHeader(header, value)
  }
  subscribe(name, listener)
  onTestFinished(() => void unsubscribe(name, listener))
}

/** The headers of a trace that arrive. */
async function arrived(
  headers: Record<string, string>,
  send: typeof withOneTrace = withOneTrace,
): Promise<string[]> {
  const seen: string[] = []
  const server = createServer(({ rawHeaders }, response) => {
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const header = rawHeaders[index]?.toLowerCase() ?? ''
      if (/^(trace|x-)/.test(header)) seen.push(`${header}: ${rawHeaders[index + 1]}`)
    }
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await send(() => fetch(url, { headers }))
  return seen.sort()
}

test('without an instrumentation a request is sent as it is', async () => {
  expectOneTrace({ value: 'x', bearer: 'Bearer x', issuedAtMs: 0, expiresAtMs: 10 }, 1)
  expect(await withOneTrace(async () => 7)).toBe(7)
  expect(await arrived({ traceparent: own })).toEqual([`traceparent: ${own}`])
})

test('a child of the same trace counts, with what it brings', async () => {
  instrument(['traceparent', child], ['tracestate', 'a=b'], ['x-other', '1'])
  expect(await arrived({ traceparent: own, 'x-cloud-trace-context': 'abc/1' })).toEqual([
    `traceparent: ${child}`,
    'tracestate: a=b',
    'x-cloud-trace-context: abc/1',
    'x-other: 1',
  ])
})

test('another trace was begun without a look at the incoming request', async () => {
  instrument(['traceparent', other], ['tracestate', 'a=b'])
  expect(await arrived({ traceparent: own })).toEqual([`traceparent: ${own}`])
})

test('one that is not valid gives way to one that is', async () => {
  instrument(['traceparent', other])
  expect(await arrived({ traceparent: 'spoilt' })).toEqual([`traceparent: ${other}`])
})

test("Google's own header says which trace it is, too", async () => {
  const id = '0af7651916cd43dd8448eb211c80319c'
  instrument(['x-cloud-trace-context', `${id}/2`])
  expect(await arrived({ 'x-cloud-trace-context': `${id}/1` })).toEqual([
    `x-cloud-trace-context: ${id}/2`,
  ])
})

test("one that doesn't read Google's own header adds the only traceparent", async () => {
  const id = '0af7651916cd43dd8448eb211c80319c'
  instrument(['traceparent', other])
  expect(await arrived({ 'x-cloud-trace-context': `${id}/1` })).toEqual([
    `traceparent: ${other}`,
    `x-cloud-trace-context: ${id}/1`,
  ])
})

test("another trace in Google's own header alone changes nothing", async () => {
  instrument(['x-cloud-trace-context', '4bf92f3577b34da6a3ce929d0e0e4736/2'])
  expect(await arrived({ traceparent: own })).toEqual([`traceparent: ${own}`])
})

test("another client's call has one trace too, until its token expires", async () => {
  instrument(['traceparent', child])
  const headers = { authorization: 'Bearer given', traceparent: own }
  const send = <T>(sent: () => Promise<T>) => sent()
  const token = { value: 'given', bearer: 'Bearer given', issuedAtMs: 0, expiresAtMs: 10 }
  expect(await arrived(headers, send)).toHaveLength(2)
  expectOneTrace(token, 1)
  expect(await arrived(headers, send)).toEqual([`traceparent: ${child}`])
  expectOneTrace({ ...token, bearer: 'Bearer later', expiresAtMs: 20 }, 9)
  expect(await arrived(headers, send)).toHaveLength(1)
  expectOneTrace({ ...token, bearer: 'Bearer later', expiresAtMs: 20 }, 10)
  expect(await arrived(headers, send)).toHaveLength(2)
})

test('an instrumentation that subscribes after the first call is seen as well', async () => {
  instrument(['x-other', '1'])
  await arrived({ traceparent: own })
  instrument(['traceparent', child])
  expect(await arrived({ traceparent: own })).toContain(`traceparent: ${child}`)
})

test('requests of others are left as they are, and what undici may show otherwise too', async () => {
  instrument(['x-other', '1'])
  await arrived({ traceparent: own })
  const show = (request: object) => channel(name).publish({ request })
  const doubled = { headers: ['traceparent', own, 'traceparent', other], addHeader: () => {} }
  show(doubled)
  expect(doubled.headers).toHaveLength(4)
  await withOneTrace(async () => {
    show({ headers: `traceparent: ${own}\r\n`, addHeader: () => {} })
  })
})

test('what was appended before counts where undici lets nothing be added later', async () => {
  instrument()
  await arrived({ traceparent: own })
  const bare = {
    headers: ['traceparent', own, 'a', '1', 'traceparent', child, 'tracestate', 'a=b'],
  }
  await withOneTrace(async () => void channel(name).publish({ request: bare }))
  expect(bare.headers).toEqual(['a', '1', 'traceparent', child, 'tracestate', 'a=b'])
})
