import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findServiceAudience } from '../../src/rules/service-audience.ts'

interface Fixture {
  env: Record<string, string>
  requests: { url: string | undefined; flavor: unknown }[]
  clock: { time: number }
  answer: (listener: RequestListener) => void
}

/** A metadata server, as the contract of Cloud Run's containers describes it. */
async function cloudRun(service = 'user-profiles', address = '127.0.0.1'): Promise<Fixture> {
  const requests: Fixture['requests'] = []
  let listener: RequestListener = (_request, response) => {
    response.setHeader('metadata-flavor', 'Google')
    response.end('projects/123/regions/us-central1')
  }
  const server = createServer((request, response) => {
    requests.push({ url: request.url, flavor: request.headers['metadata-flavor'] })
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const name = address.includes(':') ? `[${address}]` : address
  const host = `${name}:${(server.address() as AddressInfo).port}`
  return {
    env: { K_SERVICE: service, GCE_METADATA_HOST: host },
    requests,
    clock: { time: 0 },
    answer: (next) => {
      listener = next
    },
  }
}

function find({ env, clock }: Fixture) {
  const found = findServiceAudience(env, { now: () => clock.time, write: () => {} })
  if (found === undefined) throw new Error('no audience')
  return found
}

test('on Cloud Run it is the deterministic URL, asked for once', async () => {
  const fixture = await cloudRun()
  const audience = find(fixture)
  expect(audience.known()).toBeUndefined()
  const both = await Promise.all([audience.get(), audience.get()])
  expect(both[0]).toEqual(['https://user-profiles-123.us-central1.run.app'])
  expect(audience.get()).toBe(both[0])
  expect(audience.known()).toBe(both[0])
  expect(fixture.requests).toEqual([
    { url: '/computeMetadata/v1/instance/region', flavor: 'Google' },
  ])
})

test('the metadata server may be at an IPv6 address', async () => {
  const found = await find(await cloudRun('user-profiles', '::1')).get()
  expect(found).toEqual(['https://user-profiles-123.us-central1.run.app'])
})

test.each([
  '"https://a.example","https://b.example"',
  '["https://a.example"]',
  'https://a https://b',
])('COUNTERSIGN_AUDIENCE must not be %s', (value) => {
  const settings = { now: () => 0, write: () => {} }
  const find = () => findServiceAudience({ COUNTERSIGN_AUDIENCE: value }, settings)
  expect(find).toThrow(TypeError)
  expect(find).toThrow('write them without quotation marks, brackets and spaces')
})

test('after a failure a call asks again, a second later', async () => {
  const fixture = await cloudRun()
  const audience = find(fixture)
  fixture.answer((_request, response) => response.writeHead(503).end())
  await expect(audience.get()).rejects.toThrow('answered instance/region with 503')
  expect(audience.lastError()).toBe('the metadata server answered instance/region with 503')
  await expect(audience.get()).rejects.toThrow('answered instance/region with 503')
  expect(fixture.requests, 'it is not asked again at once').toHaveLength(1)
  fixture.clock.time += 1000
  fixture.answer((_request, response) => {
    response.writeHead(200, { 'metadata-flavor': 'Google' }).end('projects/9/regions/europe-west1')
  })
  expect(await audience.get()).toEqual(['https://user-profiles-9.europe-west1.run.app'])
  expect(audience.lastError()).toBeUndefined()
})

test('an attempt that was frozen past its deadline is begun anew', async () => {
  const fixture = await cloudRun()
  const audience = find(fixture)
  fixture.answer(() => {})
  Promise.resolve(audience.get()).catch(() => {})
  fixture.clock.time += 6000
  await expect.poll(() => fixture.requests).toHaveLength(1)
  fixture.answer((_request, response) => {
    response.writeHead(200, { 'metadata-flavor': 'Google' }).end('projects/9/regions/europe-west1')
  })
  expect(await audience.get()).toEqual(['https://user-profiles-9.europe-west1.run.app'])
})

test('an answer that is not the metadata server’s is refused', async () => {
  const fixture = await cloudRun()
  fixture.answer((_request, response) => response.end('projects/9/regions/evil'))
  await expect(find(fixture).get()).rejects.toThrow('the metadata server answered')
})

test('an answer without a region is refused', async () => {
  const fixture = await cloudRun()
  fixture.answer((_request, response) => {
    response.writeHead(200, { 'metadata-flavor': 'Google' }).end('nowhere')
  })
  await expect(find(fixture).get()).rejects.toThrow('returned no region, but "nowhere"')
})

test('a name too long for a deterministic URL says what to set', async () => {
  const fixture = await cloudRun('a'.repeat(60))
  await expect(find(fixture).get()).rejects.toThrow('set COUNTERSIGN_AUDIENCE')
})

test('COUNTERSIGN_AUDIENCE with semicolons stops the start', () => {
  const env = { COUNTERSIGN_AUDIENCE: 'https://a.example;https://b.example' }
  expect(() => findServiceAudience(env, { now: Date.now, write: () => {} })).toThrow(
    'must be one audience',
  )
})

test('COUNTERSIGN_AUDIENCE with a host of Google’s without https:// stops the start', () => {
  const env = { COUNTERSIGN_AUDIENCE: 'custom, search-123.us-central1.run.app' }
  expect(() => findServiceAudience(env, { now: Date.now, write: () => {} })).toThrow(
    'COUNTERSIGN_AUDIENCE must be a URL, but is "search-123.us-central1.run.app": write "https://search-',
  )
})

test('elsewhere there is none', () => {
  expect(findServiceAudience({}, { now: Date.now, write: () => {} })).toBeUndefined()
})
