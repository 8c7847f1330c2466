/**
 * Hosts that pass for the listed one at a glance. All lead to one stranger, and most by the very port
 * of the listed service, so that nothing but the host keeps them apart.
 */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServiceFetch, type FetchLike } from '@countersign/caller'
import ky from 'ky'
import { fetch as fetchOfUndici } from 'undici'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createIdentity } from '../../packages/caller/test/_tokens.ts'
import { codesOf, outcome, token } from './_contract.ts'
import { routingAgent } from './_routes.ts'

const name = 'user-profiles-123.us-central1.run.app'
const evil = 'evil.example:808'
const headers = ['authorization', 'x-serverless-authorization'] as const

/** What is listed, and what only looks like it. */
const listed: Record<string, { base: string; lookAlikes: string[] }> = {
  'a name': {
    base: `http://${name}:808`,
    lookAlikes: [
      `http://${name}.evil.example:808/`,
      `http://${name}%2eevil.example:808/`,
      `http://${name}。evil.example:808/`,
      `http://evil-${name}:808/`,
      `http://evil.${name}:808/`,
      `http://green---${name}:808/`,
      `http://${name.slice(1)}:808/`,
      `http://${name.slice(0, -1)}:808/`,
      `http://${name}.:808/`,
      `http://${name}:8080/`,
      `http://${name}:80/`,
      `http://${name}/`,
      `http://${name}:808@${evil}/`,
      `http://${name}@${evil}/`,
      `http://${name}%40@${evil}/`,
      `http://${evil}/@${name}:808/`,
      `http://${evil}\\@${name}:808/`,
      `http://${evil}#@${name}:808/`,
      `http://${evil}?@${name}:808/`,
      `http://${name.replace('s', 'ѕ')}:808/`,
      `http://${name.replace('-', '‐')}:808/`,
      `http://${name.replace('-', '\u00ad')}:808/`,
    ],
  },
  'an address': {
    base: 'http://127.0.0.1:808',
    lookAlikes: [
      'http://127.0.0.2:808/',
      'http://127.2:808/',
      'http://0x7f000002:808/',
      'http://0177.0.0.2:808/',
      'http://2130706434:808/',
      'http://127.0.0.2.:808/',
      'http://127%2E0.0.2:808/',
      'http://[::ffff:127.0.0.1]:808/',
      'http://[::1]:808/',
      'http://0.0.0.0:808/',
      'http://localhost:808/',
      'http://127.0.0.1.evil.example:808/',
      'http://127.0.0.1:8080/',
      'http://127.0.0.1/',
      'http://127.0.0.1:808@127.0.0.2:808/',
      'HTTP://127.0.0.2:808/',
    ],
  },
}

/** Ways to write the same stranger that `new URL` understands, and one that names no scheme. */
const relative = [
  `//${evil}/`,
  `\\\\${evil}/`,
  `/\\${evil}/`,
  `/\t/${evil}/`,
  `http:\\\\${evil}\\`,
  `http:/\\${evil}`,
  `ht\ttp://${evil}/`,
]

const statuses = [301, 302, 303, 307, 308]

interface Place {
  readonly port: number
  readonly arrived: IncomingHttpHeaders[]
}

async function startPlace(answer: RequestListener): Promise<Place> {
  const arrived: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    arrived.push(request.headers)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  afterEach(() => void arrived.splice(0))
  return { port: (server.address() as AddressInfo).port, arrived }
}

/** Redirects as its query says; in UTF-8, as servers do. */
const service = await startPlace(({ url = '' }, response) => {
  const { searchParams } = new URL(url, 'http://service')
  const [status, location] = [searchParams.get('status'), searchParams.get('location') ?? '']
  response.writeHead(Number(status ?? 200), status ? { location: binary(location) } : {}).end('{}')
})
const stranger = await startPlace((_request, response) => response.end('{}'))

function binary(text: string): string {
  return Buffer.from(text).toString('latin1')
}

const bases = Object.values(listed).map(({ base }) => new URL(base))
const dispatcher = routingAgent((hostname, port) => {
  const isListed = bases.some((base) => base.hostname === hostname && base.port === port)
  return isListed ? service.port : stranger.port
})

/** Cast, since undici's types are not those of the undici that @types/node knows. */
const inner = {
  fetch: ((url: string, init: object) =>
    fetch(url, { ...init, dispatcher } as object)) as FetchLike,
  undici: ((url: string, init: object) =>
    fetchOfUndici(url, { ...init, dispatcher })) as unknown as FetchLike,
}

function signing(url: string, fetch: FetchLike) {
  const target = { url, headers, allowInsecureHttp: true, name: 'listed' }
  return createServiceFetch({ targets: [target], identity: createIdentity(), fetch })
}

/** What sends signed calls, with each kind of fetch underneath. */
function clientsOf(base: string): Record<string, (url: string) => Promise<unknown>> {
  const [overFetch, overUndici] = [signing(base, inner.fetch), signing(base, inner.undici)]
  const kyOverFetch = ky.create({ fetch: overFetch, retry: 0 })
  const kyOverUndici = ky.create({ fetch: overUndici, retry: 0 })
  return {
    'serviceFetch over fetch': (url) => overFetch(url),
    'serviceFetch over undici': (url) => overUndici(url),
    'ky over serviceFetch over fetch': async (url) => kyOverFetch.get(url),
    'ky over serviceFetch over undici': async (url) => kyOverUndici.get(url),
  }
}

/** No request, and so no token, in either header or any other. */
function expectNothingLeaked(): void {
  const carried = stranger.arrived.flatMap((seen) =>
    Object.entries(seen).filter(([, value]) => token.test(String(value))),
  )
  expect(carried).toEqual([])
  expect(stranger.arrived).toEqual([])
}

describe.each(Object.entries(listed))('where %s is listed', (_what, { base, lookAlikes }) => {
  const all = [...lookAlikes, ...relative]

  test.each(all)('%j leads to the stranger, who sees what comes', async (url) => {
    const reached = new URL(url, base)
    // A user in the URL makes fetch refuse by itself.
    Object.assign(reached, { username: '', password: '' })
    const secret = { 'x-serverless-authorization': 'Bearer x' }
    await inner.fetch(reached.href, { headers: secret })
    expect(stranger.arrived).toMatchObject([secret])
  })

  test.each(all)('serviceFetch.headers gives none for %j', async (url) => {
    const { headers } = signing(base, inner.fetch)
    const refused = await outcome(headers(new URL(url, base)))
    expect(codesOf(refused)).toContain('target_not_allowed')
  })

  test.each(all)('serviceFetch.to(name) sends nothing to %j', async (url) => {
    await outcome(signing(base, inner.fetch).to('listed')(url))
    expectNothingLeaked()
  })

  describe.each(Object.entries(clientsOf(base)))('%s', (_client, call) => {
    test('calls what is listed, with both headers', async () => {
      await call(`${base}/`)
      const bearer = expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
      expect(service.arrived).toMatchObject([Object.fromEntries(headers.map((h) => [h, bearer]))])
    })

    test.each(lookAlikes)('sends nothing to %j', async (url) => {
      // A Request with a user in its URL, as ky makes it, can't even be made.
      const refused = await outcome(call(url))
      if (!(refused instanceof TypeError)) expect(codesOf(refused)).toEqual(['target_not_allowed'])
      expect(service.arrived).toEqual([])
      expectNothingLeaked()
    })

    test.each(all)('sends nothing along a redirect to %j, with any status', async (url) => {
      for (const status of statuses) {
        const query = new URLSearchParams({ status: String(status), location: url })
        const refused = await outcome(call(`${base}/?${query}`))
        expect(codesOf(refused)).toEqual(['redirect_refused', 'target_not_allowed'])
        expect(service.arrived.splice(0)).toHaveLength(1)
        expectNothingLeaked()
      }
    })
  })
})
