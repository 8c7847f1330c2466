import { loadPolicy, type PolicyFile } from '@countersign/policy'
import { expect, test } from 'vitest'
import { isDeclared } from '../../src/calls/declared.ts'
import { snippetFor } from '../../src/calls/snippet.ts'

const file = {
  services: {
    login: entry('login', { calls: { profiles: { methods: ['GET'], paths: ['/profiles/:id'] } } }),
    profiles: entry('profiles', { unauthenticated: ['GET /ready'] }),
    search: entry('search', { public: true, unauthenticated: ['GET /ready'] }),
    open: entry('open', { public: true }),
    cron: entry('cron', { sharesAccount: true, calls: { search: {} } }),
    // Runs as cron does: nobody can tell them apart.
    other: {
      ...entry('other', { sharesAccount: true, calls: { profiles: { methods: ['PUT'] } } }),
      serviceAccount: emailOf('cron'),
    },
  },
  pushes: {
    orders: {
      kind: 'pubsub',
      serviceAccount: emailOf('pusher'),
      to: 'search',
      path: '/push/orders',
    },
    cleanup: {
      kind: 'cloud-tasks',
      serviceAccount: emailOf('tasks'),
      to: 'search',
      path: '/clean',
    },
    nightly: {
      kind: 'cloud-scheduler',
      serviceAccount: emailOf('jobs'),
      to: 'search',
      methods: ['GET'],
    },
  },
} satisfies PolicyFile

function emailOf(name: string): string {
  return `${name}-run@acme.iam.gserviceaccount.com`
}

function entry<T extends object>(name: string, more: T = {} as T) {
  return { url: `https://${name}.acme.example`, serviceAccount: emailOf(name), ...more }
}

const pusher = emailOf('pusher')
const stranger = 'stranger@elsewhere.iam.gserviceaccount.com'

async function attempt(
  who: string | undefined,
  to: string,
  call: string,
  policyFile: PolicyFile = file,
) {
  const policy = await loadPolicy(policyFile)
  const [method = '', target = ''] = call.split(' ')
  const receiver = policy.services.get(to)
  if (!receiver) throw new Error(to)
  const account = who?.includes('@') ? who : who && emailOf(who)
  const one = { account, receiver, operation: { method, target } }
  return { declared: isDeclared(policy, one), snippet: snippetFor(policy, one) }
}

type Case = [who: string | undefined, to: string, call: string]

test.for<Case>([
  ['login', 'profiles', 'GET /profiles/7?x=1'],
  ['login', 'profiles', 'HEAD /profiles/7'],
  ['login', 'profiles', 'GET /ready'],
  ['cron', 'search', 'POST /anything'],
  ['cron', 'profiles', 'PUT /anything'],
  [undefined, 'search', 'GET /ready'],
  ['login', 'search', 'GET /ready'],
  [undefined, 'open', 'POST /anything'],
  [stranger, 'open', 'POST /anything'],
  [pusher, 'search', 'POST /push/orders'],
  ['tasks', 'search', 'POST /clean'],
  ['jobs', 'search', 'GET /anything'],
])('%s may call %s: %s', async ([who, to, call]) => {
  expect(await attempt(who, to, call)).toMatchObject({ declared: true })
})

test.for<Case>([
  ['login', 'profiles', 'POST /profiles/7'],
  ['login', 'profiles', 'GET /profiles/7/friends'],
  ['login', 'search', 'GET /search?q=1'],
  ['search', 'login', 'DELETE /a/(b)+*c'],
  [undefined, 'profiles', 'GET /ready'],
  [undefined, 'search', 'GET /search'],
  [stranger, 'profiles', 'GET /profiles/7'],
  ['login-run@elsewhere.iam.gserviceaccount.com', 'profiles', 'GET /profiles/7'],
  [pusher, 'search', 'POST /push/others'],
  [pusher, 'profiles', 'POST /push/orders'],
  ['cron', 'login', 'GET /a'],
  ['tasks', 'search', 'DELETE /clean'],
  ['tasks', 'profiles', 'PUT /clean'],
])('%s may not call %s: %s, and may once the snippet is merged', async ([who, to, call]) => {
  const { declared, snippet = '' } = await attempt(who, to, call)
  expect(declared).toBe(false)
  const addition = JSON.parse(snippet.replace(/^\/\/.*\n/, ''))
  const merged = mergeInto(file, addition) as PolicyFile
  expect(await attempt(who, to, call, merged)).toMatchObject({ declared: true })
  // No more than that.
  const another = call.replace(' /', ' /another/')
  if (call !== 'GET /ready') {
    expect(await attempt(who, to, another, merged)).toMatchObject({ declared: false })
  }
})

test.for<Case>([
  ['login', 'search', 'GET //twice'],
  ['login', 'search', 'GET /a/../b'],
  ['login', 'search', 'TRACE /a'],
  ['login', 'search', `GET /${'a'.repeat(300)}`],
  ['ada@acme.example', 'profiles', 'GET /profiles/7'],
  ['123456789', 'profiles', 'GET /profiles/7'],
  [pusher, 'search', 'POST /push/(x)'],
  [pusher, 'search', 'GET /push/orders'],
])('%s and %s, %s: nothing in a policy would let it through', async ([who, to, call]) => {
  expect(await attempt(who, to, call)).toEqual({ declared: false, snippet: undefined })
})

test('a job that may deliver anywhere stays so, and gets another method', async () => {
  const { snippet = '' } = await attempt('jobs', 'search', 'POST /anything')
  expect(JSON.parse(snippet.replace(/^\/\/.*\n/, ''))).toEqual({
    pushes: {
      nightly: {
        ...{ kind: 'cloud-scheduler', serviceAccount: emailOf('jobs'), to: 'search' },
        methods: ['GET', 'POST'],
      },
    },
  })
})

test('entries with one account that did the same say that they share it, once one does more', async () => {
  const twin = { ...entry('twin'), serviceAccount: emailOf('search') }
  const shared = { ...file, services: { ...file.services, twin } }
  const { snippet = '' } = await attempt('search', 'login', 'GET /a', shared)
  const addition = JSON.parse(snippet.replace(/^\/\/.*\n/, ''))
  expect(addition).toMatchObject({
    services: { search: { sharesAccount: true }, twin: { sharesAccount: true } },
  })
  const merged = mergeInto(shared, addition) as PolicyFile
  expect(await attempt('search', 'login', 'GET /a', merged)).toMatchObject({
    declared: true,
  })
})

/** As a person merges it: what is there already is replaced by what the snippet shows of it. */
function mergeInto(target: unknown, addition: unknown): unknown {
  if (!isObject(target) || !isObject(addition)) return addition
  const entries = Object.entries(addition).map(([key, value]) => [
    key,
    mergeInto(target[key], value),
  ])
  return { ...target, ...Object.fromEntries(entries) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
