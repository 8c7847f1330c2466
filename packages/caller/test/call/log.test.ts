import {
  createServiceFetch,
  type LogEntry,
  type RefusalLogEntry,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { startServer } from '../_server.ts'
import { createClock, createIdentity } from '../_tokens.ts'

const targets = [{ url: 'https://svc.example', name: 'svc', methods: ['GET'] }]
const trace = '0af7651916cd43dd8448eb211c80319c'

/** A caller whose calls are answered at once, and what it logs. */
function logging(options: Partial<ServiceFetchOptions> = {}) {
  const entries: RefusalLogEntry[] = []
  const notices: LogEntry[] = []
  const serviceFetch = createServiceFetch({
    targets,
    identity: createIdentity(),
    mode: 'report-only',
    log: (entry) => ('enforced' in entry ? entries.push(entry) : notices.push(entry)),
    fetch: async () => new Response(null, { status: 403 }),
    ...options,
  })
  return { entries, notices, serviceFetch }
}

/** What goes to stdout meanwhile. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  const written: unknown[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(text)
    return true
  })
  await work().finally(() => write.mockRestore())
  return written.join('')
}

describe('the log', () => {
  useCleanEnvironment()

  test('has an entry for each call that would have been refused', async () => {
    const { entries, serviceFetch } = logging()
    await serviceFetch('https://evil.example/a?secret=1')
    await serviceFetch('https://svc.example/b', { method: 'POST' })
    await serviceFetch('https://svc.example/c')
    expect(entries).toEqual([
      {
        severity: 'WARNING',
        message:
          'countersign would have refused a call: target_not_allowed. https://evil.example/a is not a configured target. Add it to targets if this service may call it. The targets are svc at https://svc.example.',
        code: 'target_not_allowed',
        enforced: false,
        method: 'GET',
        url: 'https://evil.example/a',
        status: 403,
      },
      {
        severity: 'WARNING',
        message: expect.stringContaining(
          'operation_not_allowed. The target svc does not allow POST https://svc.example/b',
        ),
        code: 'operation_not_allowed',
        enforced: false,
        target: 'svc',
        method: 'POST',
        url: 'https://svc.example/b',
        status: 403,
      },
    ])
  })

  test('says where a redirect led', async () => {
    const location = 'https://evil.example/a?secret=1'
    const { entries, serviceFetch } = logging({
      fetch: async (url) =>
        new Response(null, url.includes('evil') ? {} : { status: 302, headers: { location } }),
    })
    await serviceFetch('https://svc.example')
    expect(entries).toMatchObject([{ code: 'redirect_refused', url: 'https://evil.example/a' }])
    expect(entries[0]?.message).toContain(
      'is not followed: https://evil.example/a is not a configured target. See the cause.',
    )
  })

  test('has what is refused in any mode, and what has no token, where somebody asks', async () => {
    for (const mode of ['enforce', 'report-only'] as const) {
      const { entries, serviceFetch } = logging({ mode })
      const headers = { host: 'evil.example' }
      await expect(serviceFetch('https://svc.example', { headers })).rejects.toThrow()
      expect(entries).toMatchObject([
        {
          severity: 'WARNING',
          message: expect.stringMatching(/^countersign refused a call: header_conflict\. /),
          enforced: true,
        },
      ])
      expect(entries[0]).not.toHaveProperty('status')
    }
    const identity = { idToken: () => Promise.reject(new Error('down')) }
    const { entries, serviceFetch } = logging({ identity })
    await expect(serviceFetch('https://svc.example')).rejects.toThrow()
    expect(entries).toMatchObject([{ severity: 'ERROR', code: 'identity_unavailable' }])
  })

  test('has ten entries of a code in a second, and counts the rest', async () => {
    const now = createClock()
    const { entries, serviceFetch } = logging({ now, identity: createIdentity(now) })
    for (let call = 0; call < 25; call++) await serviceFetch('https://evil.example')
    await serviceFetch('https://svc.example', { method: 'POST' })
    expect(entries.map(({ code }) => code)).toEqual([
      ...Array.from({ length: 10 }, () => 'target_not_allowed'),
      'operation_not_allowed',
    ])
    now.forward(1000)
    await serviceFetch('https://evil.example')
    await serviceFetch('https://evil.example')
    expect(entries.at(-2)?.suppressed).toBe(15)
    expect(entries.at(-1)).not.toHaveProperty('suppressed')
  })

  test.each([
    ['report-only', 'would have refused', false],
    ['enforce', 'refused', true],
  ] as const)('tells of a burst that nothing follows, in %s mode', async (mode, verb, enforced) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { entries, serviceFetch } = logging({ mode })
    for (let call = 0; call < 25; call++) await serviceFetch('https://evil.example').catch(() => {})
    expect(entries).toHaveLength(10)
    vi.advanceTimersByTime(1000)
    const code = 'target_not_allowed'
    const message = `countersign ${verb} 15 more calls: ${code}`
    expect(entries.slice(10)).toEqual([
      { severity: 'WARNING', message, code, enforced, suppressed: 15 },
    ])
    vi.advanceTimersByTime(10_000)
    expect(entries).toHaveLength(11)
  })

  test('counts what was left out once: in the next entry, or in one of its own', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const now = createClock()
    const { entries, serviceFetch } = logging({ now, identity: createIdentity(now) })
    for (let call = 0; call < 25; call++) await serviceFetch('https://evil.example')
    now.forward(1000)
    await serviceFetch('https://evil.example')
    vi.advanceTimersByTime(1000)
    expect(entries.flatMap(({ suppressed }) => suppressed ?? [])).toEqual([15])
  })

  test('has one entry for a call that is repeated with another token', async () => {
    let count = 0
    await using server = await startServer((_seen, _request, response) => {
      if (count++ === 1) response.writeHead(401, { 'countersign-code': 'token_expired' })
      response.end()
    })
    const { url } = server
    const { entries, serviceFetch } = logging({
      targets: [{ url, methods: ['GET'] }],
      fetch: (...call) => fetch(...call),
    })
    await serviceFetch(url)
    await serviceFetch(url, { method: 'POST' })
    expect([server.requests.length, entries.length]).toEqual([3, 1])
  })

  test.each([
    [{ traceparent: `00-${trace}-b7ad6b7169203331-01` }, 'acme', `projects/acme/traces/${trace}`],
    [{ 'X-Cloud-Trace-Context': `${trace}/1;o=1` }, '', trace],
    [{ 'x-cloud-trace-context': 'nonsense/1' }, 'acme', undefined],
    [{}, 'acme', undefined],
  ])('names the trace of a call with %o', async (headers, project, expected) => {
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', project)
    const { entries, serviceFetch } = logging()
    await serviceFetch('https://evil.example', { headers: { ...headers } })
    expect(entries[0]?.['logging.googleapis.com/trace']).toBe(expected)
  })

  test('is one line of JSON each on stdout in report-only mode, and nothing else', async () => {
    const serviceFetch = createServiceFetch({
      targets,
      identity: createIdentity(),
      mode: 'report-only',
      fetch: async () => new Response(),
    })
    const text = await printed(async () => {
      await serviceFetch('https://svc.example')
      await serviceFetch('https://evil.example')
      await serviceFetch('https://evil.example')
    })
    const lines = text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).code)).toEqual([
      'target_not_allowed',
      'target_not_allowed',
    ])
  })

  test('has no refusals in enforce mode, and nothing where that is said', async () => {
    const text = await printed(async () => {
      const enforcing = createServiceFetch({ targets, identity: createIdentity() })
      await enforcing('https://evil.example').catch(() => {})
      await logging({ log: false }).serviceFetch('https://evil.example')
    })
    expect(text).toBe('')
  })

  test.each([
    ['at once', () => raise()],
    ['later', async () => raise()],
  ])('breaks no call by what it throws %s', async (_when, log) => {
    const { serviceFetch } = logging({ log })
    expect((await serviceFetch('https://evil.example')).status).toBe(403)
  })
})

function raise(): never {
  throw new Error('a bug in log')
}
