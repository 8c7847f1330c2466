import { expect, test } from 'vitest'
import { createDrills } from '../../../src/internal/drills/drills.ts'
import { listen } from '../../../src/internal/http/listen.ts'
import type { Route } from '../../../src/internal/http/route.ts'
import { createRoutedServer } from '../../../src/internal/http/serve.ts'
import { createKeyRing } from '../../../src/internal/issuer/key-ring.ts'
import { send } from '../../send.ts'

const routes: Route[] = [
  {
    method: 'POST',
    path: '/echo',
    endpoint: 'token',
    handle: async (call) => ({ status: 200, body: await call.body() }),
  },
  {
    method: 'GET',
    path: /^\/accounts\/(?<name>[^/]+)$/,
    endpoint: 'metadata',
    handle: ({ query }, { name = '' }) => ({ status: 200, body: `${name} ${query.get('q')}` }),
  },
  {
    method: 'GET',
    path: '/broken',
    endpoint: 'jwks',
    handle: () => {
      throw new Error('secret')
    },
  },
]

async function noDrills() {
  const keys = await createKeyRing(Date.now)
  return createDrills({ services: new Map(), keys, onChange: () => undefined })
}

async function serve() {
  const recorded: unknown[] = []
  const server = createRoutedServer({
    routes,
    guards: [],
    notFound: () => ({ status: 404, body: 'no such path' }),
    drills: await noDrills(),
    record: (entry) => recorded.push(entry),
  })
  const { url, close } = await listen(server)
  return { url, recorded, [Symbol.asyncDispose]: close }
}

test('named groups are decoded parameters', async () => {
  await using server = await serve()
  const { body } = await send(`${server.url}/accounts/a%40b?q=%2B`)
  expect(body).toBe('a@b +')
})

test.for(['/accounts/%zz', '/accounts/a/b', '//accounts/a', '/echo'])(
  '%s has no route',
  async (path) => {
    await using server = await serve()
    expect((await send(server.url + path)).status).toBe(404)
    expect(server.recorded).toEqual([
      { endpoint: 'unknown', status: 404, durationMs: expect.any(Number) },
    ])
  },
)

test('HEAD is a GET without a body', async () => {
  await using server = await serve()
  const answer = await send(`${server.url}/accounts/a?q=1`, { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '3' } })
})

test('a body beyond 64 KB is refused and the connection ends', async () => {
  await using server = await serve()
  const fits = await send(`${server.url}/echo`, { method: 'POST', body: 'a'.repeat(65_536) })
  expect(fits.body).toHaveLength(65_536)
  const answer = await send(`${server.url}/echo`, { method: 'POST', body: 'a'.repeat(65_537) })
  expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } })
})

test('a handler that throws is a 500 that says nothing', async () => {
  await using server = await serve()
  const answer = await send(`${server.url}/broken`)
  expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error' })
})
