import type { RequestListener } from 'node:http'
import type { Emulator } from '@countersign/emulator'
import { loadPolicy, type Policy } from '@countersign/policy'
import { createReceiver, googleKeys, type ReceiverOptions } from '@countersign/receiver'
import { expect, test, vi } from 'vitest'
import { examineUrl } from '../../src/doctor/examine-url.ts'
import { findTarget } from '../../src/doctor/target.ts'
import { emulated } from '../causes/recorded.ts'
import { runProfiles, startEmulated } from '../emulated.ts'
import { policyWith } from '../policy.ts'

/** Each cause that the emulator can produce: made there, and named first. */

const audience = 'https://user-profiles-123.us-central1.run.app'
const login = 'login-run@acme.iam.gserviceaccount.com'
const search = 'search-run@acme.iam.gserviceaccount.com'
const hour = 3600
const now = Math.floor(Date.now() / 1000)

interface Scenario {
  as?: string
  path?: string
  audience?: string
  policy?: Policy
  /** Makes the token of the failing caller. */
  token?: (emulator: Emulator) => string | Promise<string>
}

function verified(emulator: Emulator, options: Partial<ReceiverOptions> = {}): RequestListener {
  const keys = googleKeys({ url: `${emulator.url}/oauth2/v3/certs` })
  const receiver = createReceiver({ audience, allow: [login], keys, log: false, ...options })
  return async (request, response) => {
    const decision = await receiver.check(request)
    if (decision.allowed) return response.end('hello')
    const { status, headers } = decision.denial
    return response.writeHead(status, headers).end()
  }
}

/** Writes user-profiles' allow policy over Google's REST path, as gcloud does. */
async function setGrants(emulator: Emulator, bindings: object[], service = 'user-profiles') {
  const url = `${emulator.url}/v1/projects/acme/locations/us-central1/services/${service}:setIamPolicy`
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ policy: { version: 3, bindings } }),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

function invoker(email: string, more: object = {}): object {
  return { role: 'roles/run.invoker', members: [`serviceAccount:${email}`], ...more }
}

async function policyOf(more: object = {}): Promise<Policy> {
  const file = await policyWith({
    login: { serviceAccount: login, calls: { 'user-profiles': {} } },
    'user-profiles': { serviceAccount: 'user-profiles-run@acme.iam.gserviceaccount.com', ...more },
    search: { serviceAccount: search },
  })
  return loadPolicy(file, { environment: 'test' })
}

const scenarios: Record<string, (emulator: Emulator) => Promise<Scenario>> = {
  audience_has_path: async () => ({ audience: `${audience}/profiles` }),
  audience_has_slash: async () => ({ audience: `${audience}/` }),
  audience_mismatch: async () => ({ audience: 'https://search-123.us-central1.run.app' }),
  audience_other_url: async (emulator) => {
    const own = 'https://profiles.acme.example'
    await runProfiles(emulator, verified(emulator, { audience: own }))
    return {}
  },
  access_token: async () => ({ token: () => 'ya29.c.emulator-0123456789' }),
  agent_identity: async () => ({
    token: (emulator) =>
      emulator.idToken('login', audience, {
        iss: 'https://sts.googleapis.com/v1/organizations/1/locations/global/workloadIdentityPools/a',
      }),
  }),
  signature_removed: async () => ({
    token: async (emulator) => {
      const [head, body] = (await emulator.idToken('login', audience)).split('.')
      return `${head}.${body}.SIGNATURE_REMOVED_BY_GOOGLE`
    },
  }),
  token_expired: async () => ({
    token: (emulator) =>
      emulator.idToken('login', audience, { iat: now - 2 * hour, exp: now - hour }),
  }),
  invoker_missing: async () => ({ as: 'search' }),
  granted_recently: async (emulator) => {
    await emulator.drill({ fault: { kind: 'iam-delay', seconds: 300 }, endpoint: 'front-door' })
    await setGrants(emulator, [invoker(login), invoker(search)])
    return { as: 'search' }
  },
  grant_not_effective: async (emulator) => {
    const condition = {
      title: 'over',
      expression: 'request.time < timestamp("2020-01-01T00:00:00Z")',
    }
    await setGrants(emulator, [invoker(login), invoker(search, { condition })])
    return { as: 'search' }
  },
  granted_elsewhere: async (emulator) => {
    await setGrants(emulator, [invoker(search)], 'login')
    return { as: 'search', policy: await policyOf() }
  },
  service_open: async (emulator) => {
    emulator.setAccess('user-profiles', { invokerCheck: false })
    return { policy: await policyOf() }
  },
  ingress: async (emulator) => {
    emulator.setAccess('user-profiles', { ingress: 'internal' })
    return {}
  },
  iap: async (emulator) => {
    emulator.setAccess('user-profiles', { iap: true })
    return {}
  },
  caller_not_allowed: async (emulator) => {
    await setGrants(emulator, [invoker(login), invoker(search)])
    return { as: 'search' }
  },
  operation_not_allowed: async (emulator) => {
    const allow = [{ email: login, methods: ['POST'] }]
    await runProfiles(emulator, verified(emulator, { allow }))
    return {}
  },
  account_changed: async (emulator) => {
    const allow = [{ email: login, subject: '1' }]
    await runProfiles(emulator, verified(emulator, { allow }))
    return {}
  },
  receiver_keys: async (emulator) => {
    const keys = googleKeys({ url: 'http://127.0.0.1:9/certs' })
    await runProfiles(emulator, verified(emulator, { keys }))
    return {}
  },
  application_refused: async (emulator) => {
    await runProfiles(emulator, (_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}')
    })
    return {}
  },
  receiver_without_countersign: async (emulator) => {
    await runProfiles(emulator, (_request, response) => response.end('hello'))
    emulator.setPublic('user-profiles', true)
    return { policy: await policyOf({ public: true }) }
  },
  metadata_refused: async (emulator) => {
    await emulator.drill({ fault: { kind: 'status', status: 403 }, endpoint: 'identity' })
    return {}
  },
}

test.each(Object.entries(scenarios))('%s', async (code, prepare) => {
  const { emulator } = await startEmulated()
  await runProfiles(emulator, verified(emulator))
  const { as = 'login', path = '/', token, policy, audience: aud } = await prepare(emulator)
  const text = await token?.(emulator)
  const target = await findTarget(emulator.frontDoor('user-profiles') + path, {
    emulator: emulator.url,
    ...(aud !== undefined && { audience: aud }),
  })
  const { causes, checks, evidence } = await examineUrl({ target, as, token: text, policy })
  expect(causes.map((cause) => cause.code)[0]).toBe(code)
  expect(JSON.stringify({ causes, checks, evidence })).not.toMatch(/eyJ|ya29/)
})

test('the list of causes that are produced here is right', () => {
  expect([...Object.keys(scenarios), 'person_credentials'].toSorted()).toEqual(emulated)
})

test('person_credentials: a developer’s own, as gcloud writes them', async () => {
  const { emulator } = await startEmulated()
  const file = await policyWith(
    {},
    {
      'adc.json': JSON.stringify({
        type: 'authorized_user',
        client_id: 'a.apps.googleusercontent.com',
        client_secret: 'b',
        refresh_token: 'c',
      }),
    },
  )
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file.replace('countersign.jsonc', 'adc.json'))
  const target = await findTarget(emulator.frontDoor('user-profiles'), { emulator: emulator.url })
  const { causes } = await examineUrl({ target }).finally(() => vi.unstubAllEnvs())
  expect(causes[0]?.code).toBe('person_credentials')
})

test.each([undefined, 'policy'])(
  'nothing is found in a set-up that works, with %s',
  async (given) => {
    const { emulator } = await startEmulated()
    await runProfiles(emulator, verified(emulator))
    const target = await findTarget(emulator.frontDoor('user-profiles'), { emulator: emulator.url })
    const policy = given && (await policyOf())
    const { causes, checks } = await examineUrl({ target, as: 'login', ...(policy && { policy }) })
    expect(causes).toEqual([])
    expect(checks.map(({ state }) => state)).not.toContain('wrong')
  },
)
