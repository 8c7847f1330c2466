import { once } from 'node:events'
import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createServiceFetch, type FetchLike, requestFetch } from '@countersign/caller'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createIdentity } from './_tokens.ts'

const url = 'https://svc.example/a'

/** A request over HTTP/2, a service that never answers, and the signals that it was called with. */
async function answering() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  const stream = session.request({ ':path': '/' }).on('error', () => {})
  const [request, response] = (await once(server, 'request')) as [
    Http2ServerRequest,
    Http2ServerResponse,
  ]
  return { stream, response, ...bind(request, response) }
}

function bind(request: Http2ServerRequest, response: Http2ServerResponse) {
  const signals: (AbortSignal | null | undefined)[] = []
  const fetch: FetchLike = async (_url, init) => {
    signals.push(init?.signal)
    return new Response('well')
  }
  const targets = ['https://svc.example']
  const serviceFetch = createServiceFetch({ targets, identity: createIdentity(), fetch })
  return { bound: requestFetch(serviceFetch, { request, response }), signals }
}

async function reset(stream: ClientHttp2Stream, response: Http2ServerResponse): Promise<void> {
  stream.destroy()
  await once(response, 'close')
}

describe('requestFetch over HTTP/2', () => {
  test('gives a call up when the client goes away', async () => {
    const { stream, response, bound, signals } = await answering()
    await bound(url)
    await reset(stream, response)
    expect(signals).toMatchObject([{ aborted: true, reason: { name: 'AbortError' } }])
  })

  test('gives a call up, too, where half of the answer was sent', async () => {
    const { stream, response, bound, signals } = await answering()
    response.write('half')
    await bound(url)
    await reset(stream, response)
    expect(signals).toMatchObject([{ aborted: true }])
  })

  test('gives up at once what is called when the client has gone away already', async () => {
    const { stream, response, bound, signals } = await answering()
    await reset(stream, response)
    await expect(bound(url)).rejects.toMatchObject({ name: 'AbortError' })
    expect(signals).toEqual([])
  })

  test('gives nothing up once the answer is finished', async () => {
    const { stream, response, bound, signals } = await answering()
    await bound(url)
    response.end('early')
    stream.resume()
    await once(response, 'close')
    await bound(url)
    expect(signals).toMatchObject([{ aborted: false }, { aborted: false }])
  })
})
