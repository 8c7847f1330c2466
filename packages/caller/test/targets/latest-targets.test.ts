import { runInNewContext } from 'node:vm'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type CallerRules, createServiceFetch, type ServiceFetchOptions } from '../../src/index.ts'
import { useCleanEnvironment } from '../_environment.ts'
import { createIdentity } from '../_tokens.ts'

const a = { name: 'a', url: 'https://a.example' }
const b = { name: 'b', url: 'https://b.example' }

/** A caller whose targets a test changes while it runs, and what it sent. */
function changing(first: CallerRules, options: Partial<ServiceFetchOptions> = {}) {
  const source = { rules: first, later: false }
  const sent: { url: string; method: string | undefined }[] = []
  const identity = createIdentity()
  const serviceFetch = createServiceFetch({
    ...first,
    identity,
    latest: () => (source.later ? Promise.resolve(source.rules) : source.rules),
    fetch: async (url, { method }) => {
      sent.push({ url, method })
      return new Response()
    },
    ...options,
  })
  const codeOf = (call: Promise<Response>): Promise<string | number> =>
    call.then(
      ({ status }) => status,
      ({ code }) => code,
    )
  return { source, sent, identity, serviceFetch, codeOf }
}

describe('latest', () => {
  useCleanEnvironment()

  test.each([
    ['at once', false],
    ['as a promise', true],
  ])('takes a target off the list at the next call, and a new one on, %s', async (_how, later) => {
    const { source, serviceFetch, codeOf } = changing({ targets: [a.url] })
    source.later = later
    expect(await codeOf(serviceFetch(a.url))).toBe(200)
    expect(await codeOf(serviceFetch(b.url))).toBe('target_not_allowed')
    source.rules = { targets: [b.url] }
    expect(await codeOf(serviceFetch(a.url))).toBe('target_not_allowed')
    expect(await codeOf(serviceFetch(b.url))).toBe(200)
  })

  describe('while a call waits for a token', () => {
    /** The first token is asked for, and comes when the test lets it; so does the list then. */
    function waiting(options: Partial<ServiceFetchOptions> = {}) {
      const asked = Promise.withResolvers<void>()
      const lent = Promise.withResolvers<void>()
      const own = createIdentity()
      const identity = {
        async idToken(audience: string) {
          asked.resolve()
          await lent.promise
          return own.idToken(audience)
        },
      }
      const headers: unknown[] = []
      const caller = changing(
        { targets: [a] },
        {
          identity,
          fetch: async (url, init) => {
            headers.push([url, audienceOf(new Headers(init.headers).get('authorization'))])
            return new Response()
          },
          ...options,
        },
      )
      async function meanwhile(rules: CallerRules): Promise<void> {
        await asked.promise
        caller.source.rules = rules
        lent.resolve()
      }
      return { ...caller, headers, meanwhile }
    }

    function audienceOf(bearer: string | null): unknown {
      if (bearer === null) return undefined
      return JSON.parse(Buffer.from(`${bearer.split('.')[1]}`, 'base64url').toString()).aud
    }

    test('a target that is taken off gets nothing', async () => {
      const { serviceFetch, codeOf, headers, meanwhile } = waiting()
      const calls = [codeOf(serviceFetch(a.url)), codeOf(serviceFetch.to('a')('/x'))]
      const wanted = serviceFetch.headers(a.url).catch(({ code }) => code)
      await meanwhile({ targets: [b] })
      expect(await Promise.all([...calls, wanted])).toEqual(Array(3).fill('target_not_allowed'))
      expect(headers).toEqual([])
    })

    test('a method that is taken away is refused', async () => {
      const { serviceFetch, codeOf, headers, meanwhile } = waiting()
      const call = codeOf(serviceFetch(a.url, { method: 'POST' }))
      await meanwhile({ targets: [{ ...a, methods: ['GET'] }] })
      expect(await call).toBe('operation_not_allowed')
      expect(headers).toEqual([])
    })

    test('another audience gets a token of its own', async () => {
      const { serviceFetch, headers, meanwhile } = waiting()
      const call = serviceFetch(a.url)
      const wanted = serviceFetch.headers(a.url)
      await meanwhile({ targets: [{ ...a, audience: 'another' }] })
      await call
      expect(headers).toEqual([[`${a.url}/`, 'another']])
      expect(audienceOf((await wanted).get('authorization'))).toBe('another')
    })

    test('in report-only mode a target that is taken off is called unsigned', async () => {
      const { serviceFetch, headers, meanwhile } = waiting({ mode: 'report-only', log: false })
      const call = serviceFetch(a.url)
      await meanwhile({ targets: [b] })
      await call
      expect(headers).toEqual([[`${a.url}/`, undefined]])
    })
  })

  test('a redirect is followed to the targets that count when it comes', async () => {
    for (const later of [false, true]) {
      const { source, sent, serviceFetch, codeOf } = changing(
        { targets: [a, b] },
        {
          fetch: async (url, { method }) => {
            sent.push({ url, method })
            source.rules = { targets: [a] }
            return new Response(null, { status: 307, headers: { location: b.url } })
          },
        },
      )
      source.later = later
      expect(await codeOf(serviceFetch(a.url))).toBe('redirect_refused')
      expect(sent).toHaveLength(1)
    }
  })

  test('a call is not repeated after a 401 where its target was taken off meanwhile', async () => {
    const refusal = { status: 401, headers: { 'countersign-code': 'token_expired' } }
    const { source, sent, serviceFetch, codeOf } = changing(
      { targets: [a] },
      {
        fetch: async (url, { method }) => {
          sent.push({ url, method })
          if (sent.length === 1) return new Response()
          source.rules = { targets: [b] }
          return new Response('refused', refusal)
        },
      },
    )
    expect(await codeOf(serviceFetch(a.url))).toBe(200)
    const answer = await serviceFetch(a.url)
    expect([answer.status, await answer.text()]).toEqual([401, 'refused'])
    expect(sent).toHaveLength(2)
  })

  test('a call is not repeated after a 401 where its audience is another by then', async () => {
    const refusal = { status: 401, headers: { 'countersign-code': 'token_expired' } }
    let calls = 0
    const { source, serviceFetch } = changing(
      { targets: [a] },
      {
        fetch: async () => {
          calls += 1
          if (calls === 1) return new Response()
          source.rules = { targets: [{ ...a, audience: 'another' }] }
          return new Response('refused', refusal)
        },
      },
    )
    await serviceFetch(a.url)
    expect((await serviceFetch(a.url)).status).toBe(401)
    expect(calls).toBe(2)
  })

  test('a call that is given up while the list is asked for again is not repeated', async () => {
    const refusal = { status: 401, headers: { 'countersign-code': 'token_expired' } }
    const controller = new AbortController()
    let calls = 0
    const latest = (): CallerRules | Promise<CallerRules> => {
      if (calls < 2) return { targets: [a] }
      setTimeout(() => controller.abort(new Error('enough')), 5)
      return new Promise(() => {})
    }
    const { serviceFetch } = changing(
      { targets: [a] },
      {
        latest,
        fetch: async () => {
          calls += 1
          return calls === 1 ? new Response() : new Response('refused', refusal)
        },
      },
    )
    await serviceFetch(a.url)
    await expect(serviceFetch(a.url, { signal: controller.signal })).rejects.toThrow('enough')
    expect(calls).toBe(2)
  })

  test('a body that is read first is sent to the targets that count then', async () => {
    const { source, sent, serviceFetch, codeOf } = changing({ targets: [a] })
    await serviceFetch(a.url)
    const body = new Blob(['a']).stream()
    const init = { method: 'POST', body, keepalive: true, duplex: 'half' } as const
    const call = codeOf(serviceFetch(a.url, init))
    source.rules = { targets: [b] }
    expect(await call).toBe('target_not_allowed')
    expect(sent).toHaveLength(1)
  })

  test('an empty list refuses every call: the last target may be taken away too', async () => {
    const { source, sent, serviceFetch, codeOf } = changing({ targets: [a] })
    const toA = serviceFetch.to('a')
    source.rules = { targets: [] }
    await expect(serviceFetch(a.url)).rejects.toMatchObject({
      code: 'target_not_allowed',
      hint: 'Add it to targets if this service may call it. There are no targets now.',
    })
    expect(await codeOf(toA('/x'))).toBe('target_not_allowed')
    await expect(serviceFetch.headers(a.url)).rejects.toMatchObject({ code: 'target_not_allowed' })
    expect(sent).toEqual([])
  })

  test('a name leads where it leads now, and nowhere once it is gone', async () => {
    const { source, sent, serviceFetch, codeOf } = changing({ targets: [a, b] })
    const toA = serviceFetch.to('a')
    await toA('/x')
    source.later = true
    source.rules = { targets: [{ ...a, url: 'https://moved.example' }, b] }
    await Promise.all([toA('/x'), toA('/y')])
    expect(sent.map(({ url }) => url)).toEqual([
      'https://a.example/x',
      'https://moved.example/x',
      'https://moved.example/y',
    ])
    expect(await codeOf(toA(b.url))).toBe('target_not_allowed')
    source.rules = { targets: [b] }
    expect(await codeOf(toA('/x'))).toBe('target_not_allowed')
    expect(() => serviceFetch.to('c')).toThrow('No target is named "c": write one of b')
  })

  test('what is called is read before anybody waits', async () => {
    const { source, sent, serviceFetch } = changing({ targets: [a.url] })
    source.later = true
    const init = { method: 'PUT' }
    const url = new URL(a.url)
    const call = serviceFetch(url, init)
    init.method = 'DELETE'
    url.hostname = 'evil.example'
    await call
    expect(sent).toEqual([{ url: 'https://a.example/', method: 'PUT' }])
  })

  test('a redirect is held against the targets that count', async () => {
    const location = `${b.url}/there`
    const { source, codeOf, serviceFetch } = changing(
      { targets: [a.url] },
      { fetch: async (url) => answerOf(url, location) },
    )
    expect(await codeOf(serviceFetch(a.url))).toBe('redirect_refused')
    source.rules = { targets: [a.url, b.url] }
    expect(await codeOf(serviceFetch(a.url))).toBe(200)
  })

  test('ready, health and headers speak of the targets that count', async () => {
    const { source, serviceFetch, identity } = changing({ targets: [a.url] })
    source.rules = { targets: [b.url] }
    await serviceFetch.ready()
    expect(serviceFetch.health().audiences).toMatchObject([
      { audience: b.url, tokenAgeMs: expect.any(Number) },
    ])
    const headers = await serviceFetch.headers(b.url)
    expect(headers.get('authorization')).toBe(`Bearer ${identity.minted[0]}`)
  })

  test('a token for what is gone is kept no longer than until the next one', async () => {
    const { source, serviceFetch, identity } = changing({ targets: [a.url] })
    await serviceFetch(a.url)
    source.rules = { targets: [b.url] }
    await serviceFetch(b.url)
    source.rules = { targets: [a.url, b.url] }
    await serviceFetch(a.url)
    await serviceFetch(b.url)
    expect(identity.minted).toHaveLength(3)
  })

  test('a slow answer that a later question has overtaken counts for nothing', async () => {
    const answers: PromiseWithResolvers<CallerRules>[] = []
    const latest = (): Promise<CallerRules> => {
      const answer = Promise.withResolvers<CallerRules>()
      answers.push(answer)
      return answer.promise
    }
    const { serviceFetch, codeOf } = changing({ targets: [a.url] }, { latest })
    const slow = codeOf(serviceFetch(a.url))
    const quick = codeOf(serviceFetch(a.url))
    answers[1]?.resolve({ targets: [b.url] })
    expect(await quick).toBe('target_not_allowed')
    answers[0]?.resolve({ targets: [a.url] })
    expect(await slow).toBe('target_not_allowed')
    const after = codeOf(serviceFetch(a.url))
    answers[2]?.resolve({ targets: [b.url] })
    expect(await after).toBe('target_not_allowed')
  })

  test('a call that is given up waits for nothing, and no call for ever', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
      warn.mockRestore()
    })
    const latest = (): Promise<never> => new Promise(() => {})
    const { serviceFetch, codeOf } = changing({ targets: [a.url] }, { latest })
    const controller = new AbortController()
    const given = serviceFetch(a.url, { signal: controller.signal })
    const patient = codeOf(serviceFetch(a.url))
    controller.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    // Once when it is made, and once after the token was waited for.
    await vi.advanceTimersByTimeAsync(2000)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await patient).toBe(200)
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('no answer in 2000 ms'),
      expect.anything(),
    )
  })

  test('a promise of another realm or library is one', async () => {
    const rules = { targets: [b.url] }
    const latest = () => runInNewContext('Promise.resolve(rules)', { rules })
    const { serviceFetch, codeOf } = changing({ targets: [a.url] }, { latest })
    expect(await codeOf(serviceFetch(a.url))).toBe('target_not_allowed')
    expect(await codeOf(serviceFetch(b.url))).toBe(200)
  })

  test('the same trouble is reported once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const source = { trouble: 'gone' }
    const rules = { targets: [a.url] }
    const latest = () => (source.trouble ? raise(new Error(source.trouble)) : rules)
    const { serviceFetch } = changing({ targets: [a.url] }, { latest })
    for (const trouble of ['gone', 'gone', 'lost', '', 'lost', 'lost']) {
      source.trouble = trouble
      await serviceFetch(a.url)
    }
    expect(warn).toHaveBeenCalledTimes(2)
  })

  test('targets are compiled once, not at each call', async () => {
    const { source, serviceFetch } = changing({ targets: [a.url] })
    const targets = vi.fn(() => [a.url])
    source.rules = Object.defineProperty({} as CallerRules, 'targets', {
      get: targets,
      enumerable: true,
    })
    for (let call = 0; call < 10; call += 1) await serviceFetch(a.url)
    expect(targets).toHaveBeenCalledTimes(1)
  })

  test.each<[string, () => CallerRules | Promise<CallerRules>, string]>([
    ['are wrong', () => ({ targets: ['nowhere'] }), 'targets[0]'],
    ['are no list', () => ({ targets: undefined as never }), 'targets must list'],
    [
      'are nothing',
      () => undefined as never,
      'what latest returns must be an object, but is undefined: write { … }',
    ],
    ['hold more', () => ({ targets: [b.url], mode: 'report-only' }) as never, 'has no "mode"'],
    ['can’t be had', () => raise(new Error('gone')), 'gone'],
    ['can’t be had, for a reason that is no error', () => raise('gone away'), 'gone away'],
    ['can’t be had later', async () => raise(new Error('gone')), 'gone'],
    ['are wrong later', async () => ({ targets: ['nowhere'] }), 'targets[0]'],
  ])('targets that %s change nothing, and the process warns', async (_title, latest, message) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const { serviceFetch, codeOf } = changing({ targets: [a.url] }, { latest })
    expect(await codeOf(serviceFetch(a.url))).toBe(200)
    expect(await codeOf(serviceFetch(b.url))).toBe('target_not_allowed')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(message), {
      type: 'CountersignWarning',
      code: 'COUNTERSIGN_TARGETS_REFUSED',
    })
  })

  test('without it the targets of the start stay, and nobody is warned', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const fetch = async (): Promise<Response> => new Response()
    const serviceFetch = createServiceFetch({ targets: [a], identity: createIdentity(), fetch })
    expect((await serviceFetch(a.url)).status).toBe(200)
    expect(warn).not.toHaveBeenCalled()
  })

  test('what isn’t a function stops the start', () => {
    const options = { targets: [a.url], latest: {} as never }
    expect(() => createServiceFetch(options)).toThrow(
      'latest must be a function, but is {}: write one, or leave it out',
    )
  })
})

function answerOf(url: string, location: string): Response {
  if (url.startsWith(location)) return new Response()
  return new Response(null, { status: 302, headers: { location } })
}

function raise(error: unknown): never {
  throw error
}
