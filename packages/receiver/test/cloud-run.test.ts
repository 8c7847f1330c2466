import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { ReceiverRules } from '../src/options.ts'
import { audience, codeOf, fixture, login, stranger } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const values: Readonly<Record<string, string>> = {
  '/computeMetadata/v1/instance/region': 'projects/123/regions/us-central1',
  '/computeMetadata/v1/project/project-id': 'acme',
}

const well: RequestListener = ({ url = '' }, response) => {
  response.writeHead(values[url] === undefined ? 404 : 200, { 'metadata-flavor': 'Google' })
  response.end(values[url])
}

const down: RequestListener = (_request, response) => void response.writeHead(503).end()

/** Until what was answered has been read, too. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50))

/** What a container on Cloud Run sees: its variables, and the metadata server. */
async function cloudRun(first: RequestListener) {
  const server = createServer((request, response) => metadata.answer(request, response))
  const metadata = { answer: first }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  vi.stubEnv('K_SERVICE', 'user-profiles')
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${(server.address() as AddressInfo).port}`)
  return metadata
}

test('until the service knows its own URL it answers 503 with Retry-After, then serves', async () => {
  const metadata = await cloudRun(down)
  const { receiver, check, clock, entries, notices } = fixture({ audience: undefined as never })
  const reason = 'the metadata server answered instance/region with 503'
  await expect(receiver.ready()).rejects.toThrow(reason)
  const denied = await check()
  expect(denied).toMatchObject({
    allowed: false,
    denial: { status: 503, code: 'audience_unavailable', headers: { 'retry-after': '5' } },
  })
  expect(receiver.health()).toMatchObject({ audiences: undefined, audienceError: reason })
  expect(entries).toMatchObject([{ severity: 'ERROR', got: reason }])
  metadata.answer = well
  clock.time += 1000
  expect(codeOf(await check())).toBe('allowed')
  await expect(receiver.ready()).resolves.toBeUndefined()
  expect(notices).toMatchObject([
    { code: 'rules_in_force' },
    { severity: 'ERROR', code: 'audience_not_found', error: reason },
    { severity: 'NOTICE', code: 'audience_found', audiences: [audience] },
  ])
  expect(receiver.health()).toMatchObject({ audiences: [audience] })
  expect(receiver.health()).not.toHaveProperty('audienceError')
})

test('an audience that is not found is logged once an hour, not once an attempt', async () => {
  await cloudRun(down)
  const { receiver, clock, notices } = fixture({ audience: undefined as never })
  for (let minute = 0; minute <= 120; minute += 1) {
    await expect(receiver.ready()).rejects.toThrow()
    clock.time += 60_000
  }
  const codes = notices.map(({ code }) => code)
  expect(codes).toEqual(['rules_in_force', ...Array(3).fill('audience_not_found')])
})

test('a call that waits for the URL is judged by the list that counts then', async () => {
  let rules = { allow: [login] }
  await cloudRun((request, response) => {
    rules = { allow: [stranger] }
    well(request, response)
  })
  const { check } = fixture({ audience: undefined as never, latest: () => rules })
  expect(codeOf(await check())).toBe('caller_not_allowed')
  expect(codeOf(await check({ email: stranger }))).toBe('allowed')
})

test('a token that was verified already waits for the URL, if newer rules need it', async () => {
  await cloudRun(well)
  const { issuer } = fixture()
  let rules: { allow: string[]; audience?: string } = { allow: [login], audience }
  const key = async (kid: string) => {
    rules = { allow: [login] }
    return issuer.keys.key(kid)
  }
  const { check } = fixture({ keys: { ...issuer.keys, key }, latest: () => rules })
  expect(codeOf(await check())).toBe('allowed')
})

test('a name too long for a URL of its own is told in log and health, with what to set', async () => {
  await cloudRun(well)
  vi.stubEnv('K_SERVICE', 'a'.repeat(60))
  const { receiver, check, entries } = fixture({ audience: undefined as never })
  expect(codeOf(await check())).toBe('audience_unavailable')
  expect(entries[0]?.got).toMatch(/too long .*: set COUNTERSIGN_AUDIENCE to the service's URL$/)
  expect(receiver.health().audienceError).toBe(entries[0]?.got)
})

test('the log names the trace in the project that the metadata server names', async () => {
  await cloudRun(well)
  const { check, entries } = fixture()
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const headers = { 'x-cloud-trace-context': `${trace}/1;o=1` }
  const traces = () => entries.map((entry) => entry['logging.googleapis.com/trace'])
  await check({ email: stranger }, { headers })
  expect(traces(), 'nobody waits for it').toEqual([trace])
  await vi.waitFor(async () => {
    await check({ email: stranger }, { headers })
    expect(traces().at(-1)).toBe(`projects/acme/traces/${trace}`)
  })
})

test('a metadata server that names no project fails no denial, and is asked again', async () => {
  const metadata = await cloudRun(down)
  const { check, entries, clock } = fixture()
  const headers = { 'x-cloud-trace-context': '0af7651916cd43dd8448eb211c80319c/1' }
  expect(codeOf(await check({ email: stranger }, { headers }))).toBe('caller_not_allowed')
  await settled()
  metadata.answer = well
  await vi.waitFor(async () => {
    clock.time += 1000
    await check({ email: stranger }, { headers })
    expect(entries.at(-1)?.['logging.googleapis.com/trace']).toMatch(/^projects\/acme\//)
  })
})

test('a listed caller is served without the metadata server, where the audience is set', async () => {
  await cloudRun(down)
  expect(codeOf(await fixture().check({ email: login }))).toBe('allowed')
})

test.each<[string, Partial<ReceiverRules>, string]>([
  ['names the audience', { audience }, 'allowed'],
  ['needs no caller', { unauthenticated: ['GET /'] }, 'allowed'],
  ['takes it off the list', { audience, allow: [stranger] }, 'caller_not_allowed'],
  ['says the same', {}, 'audience_unavailable'],
])(
  'a call that waits for the audience in vain is judged by the list that counts then: it %s',
  async (_title, newer, code) => {
    const asked = Promise.withResolvers<void>()
    const failing = Promise.withResolvers<void>()
    await cloudRun(async (_request, response) => {
      asked.resolve()
      await failing.promise
      response.writeHead(503).end()
    })
    let rules: ReceiverRules = { allow: [login] }
    const { check } = fixture({ audience: undefined as never, latest: () => rules })
    const waiting = check()
    await asked.promise
    rules = { ...rules, ...newer }
    failing.resolve()
    expect(codeOf(await waiting)).toBe(code)
  },
)
