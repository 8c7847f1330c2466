/** Each code once, with a secret in all that leads to it. A code without a case doesn't compile. */

import { inspect } from 'node:util'
import {
  type CallEvent,
  createServiceFetch,
  type IdentitySource,
  type IdTokenErrorCode,
  type LogEntry,
  metadataServer,
  type ServiceFetch,
  type ServiceFetchOptions,
  serviceAccountKey,
  type TargetNotAllowedCode,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startGoogle } from './_google.ts'
import { startMetadataServer } from './_metadata-server.ts'
import { expectNone, failureOf, printed } from './_printed.ts'
import { closedPort } from './_server.ts'
import { shapeToken } from './_tokens.ts'

const service = 'https://svc.example'
const right = shapeToken({ aud: service, exp: 9_999_999_999 })
const other = shapeToken({ aud: 'https://other.example', exp: 9_999_999_999 })
const password = 'correct-horse-battery'
const home = useCleanEnvironment()

/** A call that ends with a code, and what must not be told of it. */
interface Case {
  options?: Partial<ServiceFetchOptions>
  call?: (serviceFetch: ServiceFetch) => Promise<unknown>
  secrets: string[]
}

const user = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: `GOCSPX-${password}`,
  refresh_token: `1//${password}`,
}

const cases: Record<IdTokenErrorCode | TargetNotAllowedCode, () => Promise<Case> | Case> = {
  async no_credentials() {
    await using google = await startGoogle()
    // A slip that happens: the key itself where its path belongs.
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', JSON.stringify(google.key))
    const { private_key: key } = google.key
    return { secrets: [key, JSON.stringify(key).slice(1, -1)] }
  },
  user_credentials() {
    home.write('application_default_credentials.json', user)
    return { secrets: [user.client_secret, user.refresh_token, password] }
  },
  async identity_unavailable() {
    const google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'yes')
    const sent: string[] = []
    const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
      sent.push(String(new URLSearchParams(String(body)).get('assertion')))
      return Response.json({ error: 'invalid_grant', error_description: body }, { status: 400 })
    }
    return { options: { identity: serviceAccountKey(google.key, { fetch }) }, secrets: sent }
  },
  async identity_timeout() {
    const metadata = await startMetadataServer()
    metadata.misbehave((response) => {
      response.writeHead(200, { 'metadata-flavor': 'Google' }).write(right.slice(0, -20))
    })
    const identity = metadataServer({ host: metadata.host, timeoutMs: 50 })
    return { options: { identity }, secrets: [right.slice(0, -20)] }
  },
  token_rejected: () => ({ options: { identity: minting(other) }, secrets: [other] }),
  target_not_allowed: () => calling(`https://u:${password}@evil.example/?t=${other}#${right}`),
  operation_not_allowed: () => ({
    ...calling(`${service}/?t=${other}#${right}`),
    options: { targets: [{ url: service, methods: ['POST'] }] },
  }),
  insecure_target: () => calling(`http://svc.example/?t=${other}#${right}`),
  target_beyond_emulator() {
    vi.stubEnv('COUNTERSIGN_EMULATOR', `http://${closedPort}`)
    return calling(`${service}/?t=${other}#${right}`)
  },
  redirect_refused: () => ({
    ...calling(service),
    options: { fetch: async () => redirectTo(`https://u:${password}@evil.example/?t=${other}`) },
  }),
  header_conflict: () => ({
    call: (serviceFetch) =>
      serviceFetch(service, { headers: { authorization: `Bearer ${other}` } }),
    secrets: [other, right],
  }),
}

function minting(token: string): IdentitySource {
  return { idToken: async () => token }
}

function calling(url: string): Case {
  return { call: (serviceFetch) => serviceFetch(url), secrets: [password, other, right] }
}

function redirectTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location } })
}

describe('no secret is in the error, the event, the log or the health of', () => {
  test.each(Object.entries(cases))('%s', async (code, start) => {
    const events: CallEvent[] = []
    const logged: LogEntry[] = []
    const { options, call, secrets } = await start()
    const serviceFetch = createServiceFetch({
      targets: [service],
      ...(call && { identity: minting(right) }),
      onCall: (event) => events.push(event),
      log: (entry) => logged.push(entry),
      ...options,
    })
    const error = await failureOf((call ?? ((fetch) => fetch(service)))(serviceFetch))
    expect(error.code).toBe(code)
    expectNone(printed(error), secrets)
    expect([events.at(-1)?.code, logged.at(-1)?.code]).toEqual([code, code])
    expectNone(inspect([events, logged, serviceFetch.health()], { depth: 9 }), secrets)
  })
})

describe('no token is in the error, the events or the health where a service says it back', () => {
  /** What `right` looks like in a URL, whole and percent-encoded. */
  const spellings = [right, right.replaceAll('.', '%2E'), `x/${right}/y`, `Bearer%20${right}`]

  test.each(spellings)('as the path of a redirect: %#', async (path) => {
    for (const mode of ['enforce', 'report-only'] as const) {
      const events: CallEvent[] = []
      const logged: LogEntry[] = []
      const serviceFetch = createServiceFetch({
        targets: [service],
        identity: minting(right),
        mode,
        log: (entry) => logged.push(entry),
        fetch: async (url) =>
          url.startsWith(service) ? redirectTo(`https://evil.example/${path}`) : new Response(),
        onCall: (event) => events.push(event),
      })
      const outcome = await serviceFetch(service).catch((error: Error) => error)
      const told = inspect([outcome, events, logged, serviceFetch.health()], { depth: 20 })
      expect([events, logged]).toMatchObject([{ length: 2 }, { length: 2 }])
      expectNone(`${told} ${outcome instanceof Error ? printed(outcome) : ''}`, [right])
    }
  })

  test.each([200, 401, 403, 503])('as its Countersign-Code, with status %i', async (status) => {
    const events: CallEvent[] = []
    const serviceFetch = createServiceFetch({
      targets: [service],
      identity: minting(right),
      fetch: async () => new Response(null, { status, headers: { 'countersign-code': right } }),
      onCall: (event) => events.push(event),
    })
    await serviceFetch(service)
    expect(events).toMatchObject([{ status, code: undefined }])
    expectNone(inspect(events), [right])
  })
})

describe('no secret is in the error of', () => {
  test('a service that is out of reach', async () => {
    const target = `http://${closedPort}`
    const token = shapeToken({ aud: target, exp: 9_999_999_999 })
    const serviceFetch = createServiceFetch({ targets: [target], identity: minting(token) })
    const error = await failureOf(serviceFetch(`${target}/?t=${other}`))
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
    expectNone(printed(error), [token, other])
  })

  test.each([
    `/profiles?t=${other}`,
    `https://u:${password}@a b/?t=${other}`,
    `//u:${password}@x/`,
  ])('a URL that is none: %#', async (url) => {
    const serviceFetch = createServiceFetch({ targets: [service], identity: minting(right) })
    const error = await failureOf(serviceFetch(url))
    expect(error).toBeInstanceOf(TypeError)
    expectNone(printed(error), [other, password])
  })
})
