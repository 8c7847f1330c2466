import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPolicy } from '@countersign/policy'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { listen } from '../src/http/listen.ts'
import { type StartEmulatorOptions, startEmulator } from '../src/index.ts'
import { startApp } from './app.ts'
import { samplePolicy } from './policy.ts'
import { getMetadata, send } from './send.ts'

afterEach(() => vi.unstubAllEnvs())

test.for([
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'GAE_ENV',
  'GAE_INSTANCE',
  'KUBERNETES_SERVICE_HOST',
])('it refuses to start where %s is set', async (name) => {
  vi.stubEnv(name, 'anything')
  const starting = startEmulator({ policy: await samplePolicy() })
  await expect(starting).rejects.toThrow(`must never run in production: ${name} is set`)
})

test('wrong options are TypeErrors that say what to write', async () => {
  const policy = await samplePolicy()
  await expect(startEmulator({ policy: {} as never })).rejects.toThrow(
    /^policy must be a loaded policy: write /,
  )
  await expect(startEmulator({ policy, port: 70_000 })).rejects.toThrow(
    /^port must be a port, but is 70000/,
  )
  await expect(startEmulator({ policy, port: 1.5 })).rejects.toThrow(TypeError)
  const withFrontDoor = (name: string, port: number) =>
    startEmulator({ policy, frontDoorPorts: { [name]: port } })
  await expect(withFrontDoor('search', -1)).rejects.toThrow(
    /^frontDoorPorts\["search"\] must be a port, but is -1/,
  )
  await expect(withFrontDoor('nobody', 8081)).rejects.toThrow(/^frontDoorPorts must .* "nobody"/)
  await expect(withFrontDoor('cron', 8081)).rejects.toThrow(/^frontDoorPorts must .* "cron"/)
})

test('the base port is the one that was asked for', async () => {
  const free = await listen(createServer())
  await free.close()
  await using emulator = await startEmulator({ policy: await samplePolicy(), port: free.port })
  expect(emulator.url).toBe(`http://127.0.0.1:${free.port}`)
})

test('a front door listens where it was asked to', async () => {
  const free = await listen(createServer())
  await free.close()
  const frontDoorPorts = { search: free.port }
  await using emulator = await startEmulator({ policy: await samplePolicy(), frontDoorPorts })
  expect(emulator.frontDoor('search')).toBe(`http://127.0.0.1:${free.port}`)
  expect(emulator.frontDoor('user-profiles')).not.toBe(emulator.frontDoor('search'))
})

describe('for other machines', () => {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const otherLoopbacks = [
    ...(process.platform === 'linux' ? ['127.0.0.2'] : []),
    ...(all.some(({ address }) => address === '::1') ? ['::1'] : []),
  ]

  test('it listens at the given address, and is called by its name', async () => {
    await using app = await startApp()
    const options = { host: '0.0.0.0', hostname: 'Emulator', apps: { search: app.url } }
    await using emulator = await startEmulator({ policy: await samplePolicy(), ...options })
    const env = emulator.env('search')
    expect([emulator.url, env.GCE_METADATA_HOST, env.CLOUDSDK_AUTH_TOKEN_HOST]).toEqual([
      expect.stringMatching(/^http:\/\/emulator:\d+$/),
      expect.stringMatching(/^emulator:\d+$/),
      expect.stringMatching(/^http:\/\/emulator:\d+\/token$/),
    ])
    expect(env.COUNTERSIGN_EMULATOR_ALLOW_HOST).toBe('emulator')
    expect(env).not.toHaveProperty('CLOUDSDK_CONFIG')
    expect(env.PORT).toBe(new URL(app.url).port)
    const keysFor = async (address: string, name: string) => {
      const url = emulator.url.replace('emulator', address)
      return (await send(`${url}/oauth2/v3/certs`, { headers: { host: name } })).status
    }
    const address = own ?? '127.0.0.1'
    expect(await keysFor(address, 'emulator:8790')).toBe(200)
    expect(await keysFor(address, 'evil.example')).toBe(403)
    emulator.setPublic('search', true)
    const { port } = new URL(emulator.frontDoor('search'))
    await send(`http://127.0.0.1:${port}/search`)
    expect(app.received.map(({ url }) => url)).toEqual(['/search'])
  })

  test.for(otherLoopbacks)('on %s its URLs say so, and its clients find it', async (host) => {
    await using emulator = await startEmulator({ policy: await samplePolicy(), host })
    const name = host.includes(':') ? `[${host}]` : host
    const { GCE_METADATA_HOST = '', ...env } = emulator.env('login')
    expect(new URL(emulator.url).hostname).toBe(name)
    expect(new URL(`http://${GCE_METADATA_HOST}`).hostname).toBe(name)
    expect((await fetch(`${emulator.url}/oauth2/v3/certs`)).status).toBe(200)
    expect((await fetch(emulator.frontDoor('status'))).status).toBe(503)
    expect((await getMetadata(GCE_METADATA_HOST, '/')).status).toBe(200)
    expect(env).toHaveProperty('CLOUDSDK_CONFIG')
    expect(env).not.toHaveProperty('COUNTERSIGN_EMULATOR_ALLOW_HOST')
  })

  test.for(['localhost', 'dev.localhost'])('%s is this machine, by a name', async (hostname) => {
    await using emulator = await startEmulator({ policy: await samplePolicy(), hostname })
    // No gcloud credentials of the laptop's are found, and our packages want names to be named.
    expect(emulator.env('login')).toMatchObject({
      CLOUDSDK_CONFIG: expect.stringContaining('countersign-emulator-'),
      COUNTERSIGN_EMULATOR_ALLOW_HOST: hostname,
    })
  })

  test('on every address it still goes by loopback, unless it has a name', async () => {
    await using emulator = await startEmulator({ policy: await samplePolicy(), host: '0.0.0.0' })
    expect(new URL(emulator.url).hostname).toBe('127.0.0.1')
    expect((await fetch(`${emulator.url}/oauth2/v3/certs`)).status).toBe(200)
  })

  test('an app behind it sees its own Host, whatever the emulator is called', async () => {
    await using app = await startApp()
    const options = { hostname: 'emulator', apps: { status: app.url } }
    await using emulator = await startEmulator({ policy: await samplePolicy(), ...options })
    const { port } = new URL(emulator.frontDoor('status'))
    await send(`http://127.0.0.1:${port}`, { headers: { host: `emulator:${port}` } })
    expect(app.received[0]?.headers.host).toBe('status-123.us-central1.run.app')
  })

  test('its ports stand in a row, two for each service', async () => {
    // Below those that a system hands out: a free one's neighbours may be somebody's.
    const first = 20_000 + (process.pid % 1000) * 10
    const policy = await samplePolicy()
    await using emulator = await startEmulator({ policy, portsFrom: first })
    const places = [...policy.services.keys()].map((name) => emulator.env(name).GCE_METADATA_HOST)
    expect(places).toEqual(places.map((_, index) => `127.0.0.1:${first + 2 * index}`))
    expect(emulator.frontDoor('user-profiles')).toBe(`http://127.0.0.1:${first + 3}`)
  })

  test.for<[string, Partial<StartEmulatorOptions>]>([
    ['host must be an IP address, but is "localhost"', { host: 'localhost' }],
    ['host must be an IP address, but is "fe80::1%lo"', { host: 'fe80::1%lo' }],
    ['hostname must be a host name, but is "a b"', { hostname: 'a b' }],
    ['hostname must be a host name, but is "emulator:80"', { hostname: 'emulator:80' }],
    ['portsFrom must be a port, but is -1', { portsFrom: -1 }],
    [
      'portsFrom must leave room for two ports for each service, but the last one would be 65536',
      { portsFrom: 65_527 },
    ],
    [
      'apps must name services that have a url, but names "cron"',
      { apps: { cron: 'http://cron:8080' } },
    ],
    [
      'apps["search"] must be an http origin, but is "search:8080"',
      { apps: { search: 'search:8080' } },
    ],
    [
      'apps["search"] must be an http origin, but is "http://a/b"',
      { apps: { search: 'http://a/b' } },
    ],
  ])('%s', async ([problem, options]) => {
    const starting = startEmulator({ policy: await samplePolicy(), ...options })
    await expect(starting).rejects.toThrow(TypeError)
    await expect(starting).rejects.toThrow(problem)
  })
})

test('a port that is taken is an error, and nothing is left listening', async () => {
  const listeners = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPServerWrap')
  const taken = await listen(createServer())
  const before = listeners().length
  const starting = startEmulator({ policy: await samplePolicy(), port: taken.port })
  await expect(starting).rejects.toThrow('EADDRINUSE')
  await vi.waitFor(() => expect(listeners()).toHaveLength(before))
  await taken.close()
})

test('if the port is taken, neither a folder nor a handle is left', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'countersign-start-'))
  vi.stubEnv('TMPDIR', temporary)
  const taken = await listen(createServer())
  const policy = await samplePolicy()
  const record = join(temporary, 'run.jsonl')
  await expect(startEmulator({ policy, port: taken.port, record })).rejects.toThrow('EADDRINUSE')
  await expect(startEmulator({ policy, record: temporary })).rejects.toThrow(/^record must be /)
  expect(await readdir(temporary)).toEqual([])
  await taken.close()
  await rm(temporary, { recursive: true })
})

test('after stop every port is closed, and stopping again changes nothing', async () => {
  const emulator = await startEmulator({ policy: await samplePolicy() })
  const urls = [
    emulator.url,
    emulator.frontDoor('login'),
    `http://${emulator.env('login').GCE_METADATA_HOST}`,
  ]
  await Promise.all(urls.map((url) => fetch(url)))
  await emulator.stop()
  await emulator.stop()
  for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('nothing listens beyond 127.0.0.1', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const external = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
  const urls = [
    emulator.url,
    emulator.frontDoor('login'),
    `http://${emulator.env('login').GCE_METADATA_HOST}`,
  ]
  // What listens on every address listens on this one too, where there is no network.
  for (const address of ['127.0.0.2', ...external]) {
    for (const url of urls) {
      await expect(fetch(url.replace('127.0.0.1', address))).rejects.toThrow('fetch failed')
    }
  }
})

test('200 services start within seconds, each with an identity of its own', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `service-${index}`)
  const policy = await loadPolicy({
    services: Object.fromEntries(
      names.map((name) => [
        name,
        {
          url: `https://${name}.acme.example`,
          serviceAccount: `${name}@acme.iam.gserviceaccount.com`,
        },
      ]),
    ),
  })
  const begun = performance.now()
  await using emulator = await startEmulator({ policy })
  // 2 s is the figure to reach on a quiet machine; a shared one gets more.
  expect(performance.now() - begun).toBeLessThan(6_000)
  const ports = names.flatMap((name) => [emulator.env(name).PORT, emulator.frontDoor(name)])
  expect(new Set(ports).size).toBe(400)
  const { body } = await getMetadata(
    emulator.env('service-137').GCE_METADATA_HOST,
    '/computeMetadata/v1/instance/service-accounts/default/email',
  )
  expect(body).toBe('service-137@acme.iam.gserviceaccount.com')
})
