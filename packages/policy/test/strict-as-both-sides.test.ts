/** What a policy takes, both sides take: else a loaded policy would leave their old lists in force. */

import { createServiceFetch, type TokenHeader } from '@countersign/caller'
import { createReceiver, type PushKind } from '@countersign/receiver'
import { expect, test } from 'vitest'
import { loadPolicy, type PolicyFile, type Rule, type ServiceEntry } from '../src/index.ts'

const email = 'login-run@acme.iam.gserviceaccount.com'
const pusher = 'pusher@acme.iam.gserviceaccount.com'
const url = 'https://search.example'

const plain = [
  '/',
  '/ready',
  '/profiles/:id',
  '/:a/:a',
  '/:a-:b',
  '/:"a-b"',
  '/files/*path',
  '/{v1/}jobs',
  '/*',
  '/static/*',
  '/a\\:b',
  '/..a',
  '/.well-known/x',
  '/a%20b',
  '/%e2%82%ac',
  '/é',
]

const refused = [
  '',
  'profiles',
  '//',
  '/a//b',
  '/a/\\/b',
  '/a;b',
  '/a#b',
  '/a\\#b',
  '/a\\;b',
  '/a%2fb',
  '/a%2Fb',
  '/a%5cb',
  '/a%00b',
  '/a/../b',
  '/a/./b',
  '/a/..',
  '/.',
  '/a/%2e%2E/b',
  '/a/.%2e',
  '/a/\\../b',
  '/a%zz',
  '/a%',
  '/a%ff',
  '/:a:b',
  '/:a*b',
  '/*a*b',
  '/:',
  '/*/a',
  '/a(b)',
  '/a?',
  '/a+',
  '/a!',
  '/a[b]',
  '/{a',
  '/a}',
  '/a\\',
  '/:"a',
  `/${'{a}'.repeat(12)}`,
]

/** Whether something is taken, rather than refused with an error. */
async function isTaken(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt()
    return true
  } catch {
    return false
  }
}

function policyWith(rule: Rule, more: Partial<ServiceEntry> = {}): PolicyFile {
  const search = { url, serviceAccount: 'search-run@acme.iam.gserviceaccount.com', ...more }
  return {
    services: { login: { serviceAccount: email, calls: { search: rule as object } }, search },
  }
}

function receive(allow: Parameters<typeof createReceiver>[0]['allow'], more: object = {}) {
  return createReceiver({ allow, audience: url, log: false, ...more })
}

async function asLoaded(file: PolicyFile): Promise<void> {
  const policy = await loadPolicy(file)
  createServiceFetch(policy.caller('login'))
  createReceiver({ ...policy.receiver('search'), log: false })
}

test.each(plain)('%s is taken everywhere', async (path) => {
  await asLoaded(policyWith({ paths: [path] }, { unauthenticated: [`GET ${path}`] }))
})

test.each(plain.filter((path) => !/[:*{\\é]/.test(path)))('%s is also a push’s', async (path) => {
  await asLoaded({
    ...policyWith({}),
    pushes: { p: { kind: 'pubsub', serviceAccount: pusher, to: 'search', path } },
  })
})

test.each<{ kind: PushKind; methods?: string[]; taken: boolean }>([
  { kind: 'pubsub', taken: true },
  { kind: 'pubsub', methods: ['POST'], taken: false },
  { kind: 'eventarc', methods: ['GET'], taken: false },
  { kind: 'cloud-tasks', methods: ['GET', 'PUT'], taken: true },
  { kind: 'cloud-scheduler', methods: ['POST'], taken: true },
  { kind: 'cloud-scheduler', methods: [], taken: false },
  { kind: 'cloud-tasks', methods: ['get'], taken: false },
])('the methods $methods of $kind: receiver and policy agree', async ({ kind, methods, taken }) => {
  const how = methods && { methods }
  const pushes = { p: { kind, serviceAccount: pusher, to: 'search', ...how } }
  expect(await isTaken(() => receive([{ push: kind, email: pusher, ...how }]))).toBe(taken)
  expect(await isTaken(() => asLoaded({ ...policyWith({}), pushes }))).toBe(taken)
})

test.each(refused)('%s is refused by the policy, as by a receiver', async (path) => {
  const serviceAccount = pusher
  const pushes: PolicyFile['pushes'] = { p: { kind: 'pubsub', serviceAccount, to: 'search', path } }
  expect({
    inReceiver: await isTaken(() => receive([{ email, paths: [path] }])),
    inRule: await isTaken(() => loadPolicy(policyWith({ paths: [path] }))),
    inReceiverRoute: await isTaken(() => receive([email], { unauthenticated: [`GET ${path}`] })),
    inRoute: await isTaken(() => loadPolicy(policyWith({}, { unauthenticated: [`GET ${path}`] }))),
    inPush: await isTaken(() => loadPolicy({ ...policyWith({}), pushes })),
  }).toEqual({
    inReceiver: false,
    inRule: false,
    inReceiverRoute: false,
    inRoute: false,
    inPush: false,
  })
})

const authorization: TokenHeader = 'authorization'
const other: TokenHeader = 'x-caller-authorization'
const iap: TokenHeader = 'proxy-authorization'

test.each<{ headers: TokenHeader[]; taken: boolean }>([
  { headers: [authorization], taken: true },
  { headers: [authorization, other], taken: true },
  { headers: [iap], taken: true },
  { headers: [], taken: false },
  { headers: [authorization, authorization], taken: false },
  { headers: [authorization, other, authorization], taken: false },
  { headers: ['cookie' as TokenHeader], taken: false },
])('the headers $headers: caller and policy agree', async ({ headers, taken }) => {
  const target = () => createServiceFetch({ targets: [{ url, headers }] })
  expect(await isTaken(target)).toBe(taken)
  expect(await isTaken(() => asLoaded(policyWith({}, { headers })))).toBe(taken)
})
