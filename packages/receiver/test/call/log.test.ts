import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { audience, fixture, login, stranger } from '../_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('the denial log', () => {
  test('says nothing of an allowed call', async () => {
    const { check, entries } = fixture({ onDecision: undefined as never })
    expect(await check()).toMatchObject({ allowed: true })
    expect(entries).toEqual([])
  })

  test('is a line of JSON on stdout, as Cloud Logging reads it', async () => {
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'acme')
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const { check } = fixture({ log: undefined as never })
    write.mockClear()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await check(
      { email: stranger },
      { method: 'POST', url: '/orders?x=1', headers: { traceparent } },
    )
    expect(JSON.parse(`${write.mock.calls[0]?.[0]}`)).toEqual({
      severity: 'WARNING',
      message: expect.stringMatching(
        /^countersign refused a call: caller_not_allowed\. The caller is genuine/,
      ),
      code: 'caller_not_allowed',
      enforced: true,
      caller: stranger,
      method: 'POST',
      path: '/orders',
      got: stranger,
      expected: login,
      'logging.googleapis.com/trace': 'projects/acme/traces/0af7651916cd43dd8448eb211c80319c',
    })
  })

  test("has the trace of Google's own header, without a project where none is known", async () => {
    const { check, entries } = fixture()
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await check({ email: stranger }, { headers: { 'x-cloud-trace-context': `${trace}/1;o=1` } })
    await check({ email: stranger }, { headers: { traceparent: 'junk' } })
    expect(entries.map((entry) => entry['logging.googleapis.com/trace'])).toEqual([
      trace,
      undefined,
    ])
  })

  test('our own failures are errors', async () => {
    const { issuer } = fixture()
    const keys = { ...issuer.keys, key: () => Promise.reject(new Error('down')) }
    const { check, entries } = fixture({ keys })
    await check()
    expect(entries).toMatchObject([{ severity: 'ERROR', code: 'keys_unavailable', got: 'down' }])
  })

  test('writes ten a second, and counts the rest', async () => {
    const { receiver, entries, clock } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    expect(entries).toHaveLength(10)
    clock.time += 1000
    await receiver.check({ headers: {} })
    expect(entries[10]?.suppressed).toBe(15)
    await receiver.check({ headers: {} })
    expect(entries[11]?.suppressed).toBeUndefined()
  })

  test('tells of a burst that nothing follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { receiver, entries } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    vi.advanceTimersByTime(1000)
    expect(entries).toHaveLength(11)
    expect(entries[10]).toEqual({
      severity: 'WARNING',
      message: 'countersign refused 15 more calls: token_missing',
      code: 'token_missing',
      enforced: true,
      suppressed: 15,
    })
    vi.advanceTimersByTime(10_000)
    expect(entries).toHaveLength(11)
  })

  test('counts what was left out once: in the next entry, or in one of its own', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { receiver, entries, clock } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    clock.time += 1000
    await receiver.check({ headers: {} })
    vi.advanceTimersByTime(1000)
    expect(entries.flatMap(({ suppressed = 0 }) => suppressed || [])).toEqual([15])
  })

  test('a flood of junk hides no other denial', async () => {
    const { receiver, check, entries } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    await check({ email: stranger })
    expect(entries.at(-1)).toMatchObject({ code: 'caller_not_allowed', caller: stranger })
  })

  test.each([
    ['not_a_service_account', {}],
    ['email_missing', { email: undefined }],
    ['email_unverified', { email_verified: false }],
  ])('a flood of one person hides no other: %s', async (code, claims) => {
    const { issuer, receiver, entries } = fixture()
    const headersOf = (name: string) =>
      issuer.headers({ email: `${name}@example.com`, audience, claims: { sub: name, ...claims } })
    const ada = await headersOf('ada')
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: ada })
    expect(entries).toHaveLength(10)
    await receiver.check({ headers: await headersOf('bob') })
    expect(entries).toHaveLength(11)
    expect(entries.at(-1)).toMatchObject({ code, suppressed: 15 })
  })

  test('can be turned off, and onDecision goes on', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const { check, events } = fixture({ log: false })
    await check({ email: stranger })
    expect(write).not.toHaveBeenCalled()
    expect(events).toHaveLength(1)
  })

  test('no token is in any event or entry', async () => {
    const { receiver, issuer, events, entries, clock } = fixture()
    for (const forgery of await issuer.forgeries({ email: login, audience })) {
      clock.time += 1000
      await receiver.check({ headers: forgery.headers, rawHeaders: forgery.rawHeaders })
    }
    expect(entries.length).toBeGreaterThan(100)
    const said = JSON.stringify([events, entries])
    expect(said).not.toMatch(/eyJ[\w-]{10}/)
  })
})
