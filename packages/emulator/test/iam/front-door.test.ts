import { beforeEach, describe, expect, test } from 'vitest'
import type { EmulatorEvent, Layer } from '../../src/index.ts'
import { loginEmail, profilesUrl } from '../policy.ts'
import { send } from '../send.ts'
import { useEmulator } from '../use-emulator.ts'
import { addBinding, invoker, removeBinding, setAbove, writePolicy } from './_gcloud.ts'

const running = useEmulator('user-profiles', 'search')

const stranger = 'stranger-run@acme.iam.gserviceaccount.com'
const member = `serviceAccount:${stranger}`
const open = { invokerCheck: true, ingress: 'all', iap: false } as const

beforeEach(async () => {
  const { emulator } = running
  await writePolicy(emulator, {
    bindings: [{ role: invoker, members: [`serviceAccount:${loginEmail}`] }],
  })
  for (const above of ['projects/acme', 'folders/200000000001', 'organizations/100000000001']) {
    await setAbove(emulator, above, [])
  }
  emulator.setAccess('user-profiles', open)
})

/** The status that a caller gets; undefined calls without a token. */
async function statusFor(who: string | undefined, overrides = {}): Promise<number> {
  return (await answerFor(who, overrides)).status
}

async function answerFor(who: string | undefined, overrides = {}) {
  const { emulator } = running
  const token = who && (await emulator.idToken(who, profilesUrl, overrides))
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return send(emulator.frontDoor('user-profiles'), { target: '/profiles/7', headers })
}

function verdict(): Extract<Layer, { stage: 'front-door' }> | undefined {
  const call = running.emulator.events.kept.findLast((event) => event.type === 'call')
  return call?.layers.find((layer) => layer.stage === 'front-door')
}

describe('who gets in by which grant', () => {
  test.each<[string, string, { who: string; status: number }[]]>([
    [
      'an account',
      member,
      [
        { who: stranger, status: 200 },
        { who: 'search', status: 403 },
        { who: 'ada@acme.example', status: 403 },
      ],
    ],
    [
      'a person',
      'user:ada@acme.example',
      [
        { who: 'ada@acme.example', status: 200 },
        { who: 'eve@acme.example', status: 403 },
        { who: stranger, status: 403 },
      ],
    ],
    [
      'a domain',
      'domain:acme.example',
      [
        { who: 'ada@acme.example', status: 200 },
        { who: 'ada@x.acme.example', status: 403 },
        { who: 'ada@notacme.example', status: 403 },
        { who: stranger, status: 403 },
      ],
    ],
    [
      'everybody with an account',
      'allAuthenticatedUsers',
      [
        { who: stranger, status: 200 },
        { who: 'ada@acme.example', status: 200 },
      ],
    ],
    [
      'a deleted account',
      `deleted:${member}?uid=123456789012345678901`,
      [{ who: stranger, status: 403 }],
    ],
    [
      'a group',
      'group:team@acme.example',
      [
        { who: stranger, status: 403 },
        { who: 'team@acme.example', status: 403 },
      ],
    ],
    ['owners of the project', 'projectOwner:acme', [{ who: stranger, status: 403 }]],
    [
      'a principal of a pool',
      `principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/${stranger}`,
      [{ who: stranger, status: 403 }],
    ],
  ])('%s', async (_title, granted, expected) => {
    await addBinding(running.emulator, { member: granted })
    for (const { who, status } of expected) {
      const person = who.endsWith('.example')
      const overrides = person ? { aud: '32555940559.apps.googleusercontent.com' } : {}
      expect({ who, status: await statusFor(who, overrides) }).toEqual({ who, status })
    }
  })

  test('allUsers lets in everybody, and allAuthenticatedUsers nobody without a valid token', async () => {
    expect(await statusFor(undefined)).toBe(403)
    await addBinding(running.emulator, { member: 'allAuthenticatedUsers' })
    expect(await statusFor(undefined)).toBe(403)
    expect(await statusFor(stranger, { exp: 1 })).toBe(401)
    expect(await statusFor(stranger, { aud: 'https://other.example' })).toBe(401)
    await addBinding(running.emulator, { member: 'allUsers' })
    expect(await statusFor(undefined)).toBe(200)
    await removeBinding(running.emulator, { member: 'allUsers' })
    expect(await statusFor(undefined)).toBe(403)
  })

  test('a re-created account has the email, and not the role', async () => {
    await addBinding(running.emulator, { member })
    expect(await statusFor(stranger)).toBe(200)
    expect(await statusFor(stranger, { sub: '100000000000000000001' })).toBe(403)
    expect(verdict()).toMatchObject({ claim: 'sub', got: '100000000000000000001' })
  })

  test.each([
    ['roles/run.invoker', 200],
    ['roles/run.servicesInvoker', 200],
    ['roles/run.admin', 200],
    ['roles/owner', 200],
    ['roles/editor', 200],
    ['roles/run.developer', 403],
    ['roles/run.viewer', 403],
    ['roles/viewer', 403],
    ['roles/iam.securityAdmin', 403],
    ['roles/pubsub.publisher', 403],
    ['projects/acme/roles/callServices', 403],
  ])('%s: %i', async (role, status) => {
    await addBinding(running.emulator, { role, member })
    expect(await statusFor(stranger)).toBe(status)
  })

  test.each(['projects/acme', 'folders/200000000001', 'organizations/100000000001'])(
    'a grant on %s is inherited',
    async (above) => {
      await setAbove(running.emulator, above, [
        { role: 'roles/run.servicesInvoker', members: [member] },
      ])
      expect(await statusFor(stranger)).toBe(200)
      await setAbove(running.emulator, above, [])
      expect(await statusFor(stranger)).toBe(403)
    },
  )

  test('a grant on another project, or on another service, is not', async () => {
    const { emulator } = running
    await setAbove(emulator, 'projects/acme-jobs', [{ role: 'roles/owner', members: [member] }])
    const service = 'projects/acme/locations/us-central1/services/search'
    await addBinding(emulator, { member, service })
    expect(await statusFor(stranger)).toBe(403)
  })
})

describe('conditions', () => {
  test.each([
    ['request.time < timestamp("2999-01-01T00:00:00Z")', 200],
    ['request.time < timestamp("2020-01-01T00:00:00Z")', 403],
    ['resource.name.endsWith("/services/user-profiles")', 200],
    ['resource.name.endsWith("/services/search")', 403],
    ['resource.type == "run.googleapis.com/Service"', 200],
    ['request.auth.claims.x == "y"', 403],
  ])('%s: %i', async (expression, status) => {
    await addBinding(running.emulator, { member, condition: { title: 'only', expression } })
    expect(await statusFor(stranger)).toBe(status)
  })

  test('on a project they are about the service that is called', async () => {
    const expression =
      'resource.name == "projects/acme/locations/us-central1/services/user-profiles"'
    const condition = { title: 'only', expression }
    await setAbove(running.emulator, 'projects/acme', [
      { role: invoker, members: [member], condition },
    ])
    expect(await statusFor(stranger)).toBe(200)
  })

  test('a wrong clock of Google’s ends them early', async () => {
    const until = new Date(Date.now() + 60_000).toISOString()
    const expression = `request.time < timestamp("${until}")`
    await addBinding(running.emulator, { member, condition: { title: 'minute', expression } })
    expect(await statusFor(stranger)).toBe(200)
    const shift = { fault: { kind: 'clock-shift', seconds: 120 }, endpoint: 'front-door' } as const
    using _drill = await running.emulator.drill(shift)
    expect(await statusFor(stranger)).toBe(403)
  })

  test('one that is not met stands beside the missing grant', async () => {
    const expression = 'request.time < timestamp("2020-01-01T00:00:00Z")'
    await addBinding(running.emulator, { member, condition: { title: 'soon', expression } })
    await statusFor(stranger)
    expect(verdict()?.missing?.instead).toMatchObject({
      member,
      invokes: 'no',
      why: 'The condition is not met',
      condition: { title: 'soon', expression },
    })
  })
})

describe('a refusal says which grant is missing', () => {
  test('with the command that makes it', async () => {
    await statusFor(stranger)
    expect(verdict()).toMatchObject({
      verdict: 'not_invoker',
      claim: 'email',
      got: stranger,
      expected: [loginEmail],
      missing: {
        role: invoker,
        member,
        service: 'user-profiles',
        command: `gcloud run services add-iam-policy-binding user-profiles --project=acme --region=us-central1 --member='${member}' --role='roles/run.invoker'`,
      },
    })
  })

  test('not for a call without a token', async () => {
    await statusFor(undefined)
    expect(verdict()).toEqual({
      stage: 'front-door',
      verdict: 'token_missing',
      atMs: expect.any(Number),
    })
  })

  test('a command whose email a shell would run is quoted', async () => {
    await statusFor(stranger, { email: "x'; reboot; '\n$(id)@acme.example" })
    expect(verdict()?.missing?.command).toContain(
      "--member='user:x'\\''; reboot; '\\''?$(id)@acme.example'",
    )
  })

  test('a deleted account is shown in its place', async () => {
    const deleted = `deleted:${member}?uid=123456789012345678901`
    await addBinding(running.emulator, { member: deleted })
    await statusFor(stranger)
    expect(verdict()?.missing?.instead).toMatchObject({
      member: deleted,
      why: 'The member was deleted',
    })
  })
})

describe('the settings beside the policy', () => {
  test('without the invoker check everybody gets in, with any token', async () => {
    running.emulator.setAccess('user-profiles', { invokerCheck: false })
    expect(await statusFor(undefined)).toBe(200)
    expect(await statusFor(stranger, { exp: 1 })).toBe(200)
  })

  test.each(['internal', 'internal-and-cloud-load-balancing'] as const)(
    'ingress %s: 404 for all but pushes',
    async (ingress) => {
      const { emulator } = running
      emulator.setAccess('user-profiles', { ingress })
      const answer = await answerFor('login')
      expect(answer.status).toBe(404)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=UTF-8',
        server: 'Google Frontend',
      })
      expect(answer.body).toContain('<title>404 Page not found</title>')
      emulator.setAccess('user-profiles', { ingress, invokerCheck: false })
      expect(await statusFor(undefined)).toBe(404)
      expect(emulator.requests.at(-1)).toMatchObject({ refusal: 'ingress_refused', status: 404 })
      emulator.setAccess('search', { ingress })
      expect((await send(emulator.frontDoor('search'))).status).toBe(404)
      // Its audience is none of the service's.
      emulator.setAccess('search', { invokerCheck: false })
      const { attempts } = await emulator.push('orders', { maxAttempts: 1 })
      expect(attempts[0]?.status).toBe(200)
      emulator.setAccess('search', open)
    },
  )

  test('IAP answers in the service’s place, to listed callers too, and after ingress', async () => {
    const { emulator } = running
    emulator.setAccess('user-profiles', { iap: true, invokerCheck: false })
    const answer = await answerFor('login')
    expect(answer.status).toBe(401)
    expect(answer.headers).toMatchObject({ 'x-goog-iap-generated-response': 'true' })
    expect(answer.body).toBe('Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.')
    expect((await answerFor(undefined)).body).toBe('Invalid IAP credentials: empty token')
    await answerFor('login')
    expect(verdict()?.verdict).toBe('iap_refused')
    emulator.setAccess('user-profiles', { ingress: 'internal' })
    expect(await statusFor('login')).toBe(404)
  })

  test.each([
    [{ ingress: 'none' }, /^ingress is unknown/],
    [{ invokerCheck: 'false' }, /^invokerCheck must be true or false/],
    [{ iap: 1 }, /^iap must be/],
    [{ open: true }, /^the settings are/],
  ])('%j is refused', (access, message) => {
    const { emulator } = running
    expect(() => emulator.setAccess('user-profiles', access as object)).toThrow(message)
    expect(() => emulator.setAccess('nope', {})).toThrow(/^The policy has no service "nope"/)
    expect(() => emulator.setAccess('cron', {})).toThrow(/has no front door/)
  })
})

describe('a delay between grant and effect', () => {
  const drill = { fault: { kind: 'iam-delay', seconds: 60 } } as const

  test('a new grant, and a revoked one, count only after it', async () => {
    const { emulator } = running
    await addBinding(emulator, { member })
    const delay = await emulator.drill(drill)
    expect(await statusFor(stranger)).toBe(403)
    expect(await statusFor('login')).toBe(200)
    delay.stop()
    expect(await statusFor(stranger)).toBe(200)
    await removeBinding(emulator, { member: `serviceAccount:${loginEmail}` })
    using _again = await emulator.drill(drill)
    expect(await statusFor('login')).toBe(200)
  })

  test('it is for front doors alone, and has a whole number of seconds', async () => {
    const { emulator } = running
    const wrong = [
      { ...drill, endpoint: 'jwks' as const },
      { fault: { kind: 'iam-delay', seconds: 0 } as const },
      { fault: { kind: 'iam-delay', seconds: 601 } as const },
    ]
    for (const options of wrong) await expect(emulator.drill(options)).rejects.toThrow(TypeError)
  })
})

describe('what the page gets', () => {
  function since(id: number): EmulatorEvent[] {
    return running.emulator.events.kept.filter((event) => event.id > id)
  }
  function newest(): number {
    return running.emulator.events.kept.at(-1)?.id ?? 0
  }
  async function serviceState(name = 'user-profiles') {
    const answer = await fetch(`${running.emulator.url}/emulator/v1/state`)
    const { services } = (await answer.json()) as { services: { name: string }[] }
    return services.find((service) => service.name === name)
  }

  test('the grants of a service, and where each is from', async () => {
    const { emulator } = running
    await addBinding(emulator, { member })
    await addBinding(emulator, { member: 'group:team@acme.example' })
    await addBinding(emulator, { role: 'roles/run.viewer', member: 'user:ada@acme.example' })
    await setAbove(emulator, 'projects/acme', [
      { role: 'roles/editor', members: ['user:eve@acme.example'] },
    ])
    emulator.setPublic('user-profiles', true)
    const own = { type: 'service', id: 'user-profiles' }
    expect(await serviceState()).toMatchObject({
      public: true,
      access: open,
      grants: [
        {
          role: invoker,
          member: `serviceAccount:${loginEmail}`,
          on: own,
          from: 'policy-file',
          invokes: 'yes',
        },
        { role: invoker, member, on: own, from: 'gcloud', invokes: 'yes' },
        {
          role: invoker,
          member: 'group:team@acme.example',
          on: own,
          from: 'gcloud',
          invokes: 'unknown',
        },
        { role: invoker, member: 'allUsers', on: own, from: 'set-public', invokes: 'yes' },
        {
          role: 'roles/editor',
          on: { type: 'project', id: 'acme' },
          from: 'gcloud',
          invokes: 'yes',
        },
      ],
    })
  })

  test('each change, who made it, and none for a write that changes nothing', async () => {
    const { emulator } = running
    const before = newest()
    await addBinding(emulator, { member })
    await addBinding(emulator, { member })
    await removeBinding(emulator, { member: `serviceAccount:${loginEmail}` })
    emulator.setPublic('user-profiles', true)
    emulator.setPublic('user-profiles', true)
    emulator.setPublic('user-profiles', false)
    emulator.setAccess('user-profiles', { ingress: 'internal' })
    emulator.setAccess('user-profiles', { ingress: 'internal' })
    expect(since(before)).toMatchObject([
      { type: 'grant', change: 'granted', grant: { member, from: 'gcloud' }, changedBy: 'gcloud' },
      {
        type: 'grant',
        change: 'revoked',
        grant: { member: `serviceAccount:${loginEmail}`, from: 'policy-file' },
        changedBy: 'gcloud',
      },
      { type: 'grant', change: 'granted', grant: { member: 'allUsers' }, changedBy: 'set-public' },
      { type: 'grant', change: 'revoked', grant: { member: 'allUsers' }, changedBy: 'set-public' },
      { type: 'access', service: 'user-profiles', access: { ...open, ingress: 'internal' } },
    ])
  })

  test('without secrets in what others wrote', async () => {
    const { emulator } = running
    const token = await emulator.idToken('login', profilesUrl)
    const expression = `resource.name == "${token}"`
    await addBinding(emulator, { member, condition: { title: 'x', expression } })
    await statusFor(stranger)
    expect(JSON.stringify(emulator.events.kept)).not.toContain(token)
    expect(JSON.stringify(await serviceState())).not.toContain(token)
  })

  test('public is what the door does', async () => {
    const { emulator } = running
    expect(await serviceState()).toMatchObject({ public: false })
    emulator.setAccess('user-profiles', { invokerCheck: false })
    expect(await serviceState()).toMatchObject({ public: true })
    emulator.setAccess('user-profiles', { iap: true })
    expect(await serviceState()).toMatchObject({ public: false })
  })
})
