import { createReceiver, localKeys } from '@countersign/receiver'
import { describe, expect, test } from 'vitest'
import {
  loadPolicy,
  type PolicyFile,
  type PushEntry,
  type ServiceEntry,
  sharedAccounts,
} from '../src/index.ts'
import { linesOf } from './_helpers.ts'
import { headersOf, jwks } from './_token.ts'

const serviceAccount = '123-compute@developer.gserviceaccount.com'
const profiles = { url: 'https://profiles.example', serviceAccount: emailOf('profiles') }
const search = { url: 'https://search.example', serviceAccount: emailOf('search') }
const reads = { profiles: { methods: ['GET'], paths: ['/profiles/:id'] } }
const deletes = { profiles: { methods: ['DELETE'], paths: ['/profiles/:id'] } }

function emailOf(name: string): string {
  return `${name}-account@acme.iam.gserviceaccount.com`
}

type Entries = Pick<PolicyFile, 'pushes'> & { services?: Record<string, ServiceEntry> }

function fileOf({ services = {}, pushes = {} }: Entries): PolicyFile {
  return { services: { ...services, profiles, search }, pushes }
}

function caller(calls: ServiceEntry['calls'], more: Partial<ServiceEntry> = {}): ServiceEntry {
  return { serviceAccount, ...(calls && { calls }), ...more }
}

function push(more: Partial<PushEntry> = {}): PushEntry {
  return { kind: 'pubsub', serviceAccount, to: 'profiles', path: '/push', ...more }
}

describe('entries of one account that may do different things are refused by name', () => {
  const hint =
    'write a "serviceAccount" that no other entry has; or write "sharesAccount": true in each of them, which gives each the rights of all'
  const line = (path: string, others: string) =>
    `${path} has the account ${serviceAccount}, as do ${others}, with other rights or another subject, so receivers can't distinguish them: ${hint}`

  const pairs: [title: string, entries: Entries, one: string, other: string][] = [
    [
      'two services with other methods',
      { services: { signin: caller(reads), batch: caller(deletes) } },
      'services.signin',
      'services.batch',
    ],
    [
      'two services that call others',
      { services: { signin: caller(reads), batch: caller({ search: reads.profiles }) } },
      'services.signin',
      'services.batch',
    ],
    [
      'a service that calls, and one that calls nobody',
      { services: { signin: caller(reads), idle: caller(undefined) } },
      'services.signin',
      'services.idle',
    ],
    [
      'two services of which one pins a subject',
      { services: { signin: caller(reads, { subject: '111' }), batch: caller(reads) } },
      'services.signin',
      'services.batch',
    ],
    [
      'two services with other subjects',
      {
        services: {
          signin: caller(reads, { subject: '111' }),
          batch: caller(reads, { subject: '222' }),
        },
      },
      'services.signin',
      'services.batch',
    ],
    [
      'a service and a push',
      { services: { signin: caller(reads) }, pushes: { orders: push() } },
      'services.signin',
      'pushes.orders',
    ],
    [
      'a service and a push of the same operation: a push is also known by its URL',
      {
        services: { signin: caller({ profiles: { methods: ['POST'], paths: ['/push'] } }) },
        pushes: { orders: push() },
      },
      'services.signin',
      'pushes.orders',
    ],
    [
      'two pushes to other paths',
      { pushes: { orders: push(), refunds: push({ path: '/refunds' }) } },
      'pushes.orders',
      'pushes.refunds',
    ],
    [
      'two pushes, of which one may go anywhere',
      { pushes: { orders: push(), refunds: { kind: 'pubsub', serviceAccount, to: 'profiles' } } },
      'pushes.orders',
      'pushes.refunds',
    ],
    [
      'two pushes to other services',
      { pushes: { orders: push(), refunds: push({ to: 'search' }) } },
      'pushes.orders',
      'pushes.refunds',
    ],
    [
      'two pushes with other audiences',
      { pushes: { orders: push(), refunds: push({ audience: 'https://push.example' }) } },
      'pushes.orders',
      'pushes.refunds',
    ],
    [
      'two pushes with other methods',
      { pushes: { orders: push(), tasks: push({ kind: 'cloud-tasks', methods: ['PUT'] }) } },
      'pushes.orders',
      'pushes.tasks',
    ],
    [
      'two of one name, a service and a push',
      { services: { orders: caller(reads) }, pushes: { orders: push() } },
      'services.orders',
      'pushes.orders',
    ],
  ]

  test.each(pairs)('%s', async (_title, entries, one, other) => {
    expect(await linesOf(fileOf(entries))).toEqual([line(one, other), line(other, one)])
  })

  test.each(pairs)(
    '%s: one that says so alone is not enough',
    async (_title, entries, one, other) => {
      const [group, name] = one.split('.') as ['services' | 'pushes', string]
      const saying = {
        ...entries,
        [group]: { ...entries[group], [name]: { ...entries[group]?.[name], sharesAccount: true } },
      }
      expect(await linesOf(fileOf(saying))).toEqual([line(other, one)])
    },
  )

  test.each(pairs)('%s: both say so, and it loads', async (_title, entries) => {
    const all = <T extends object>(some: Record<string, T> = {}) =>
      Object.fromEntries(
        Object.entries(some).map(([name, one]) => [name, { ...one, sharesAccount: true }]),
      )
    const policy = await loadPolicy(
      fileOf({ services: all(entries.services), pushes: all(entries.pushes) }),
    )
    expect(sharedAccounts(policy)).toMatchObject([{ serviceAccount, isEqual: false }])
  })

  test('all of many are named', async () => {
    const services = { a: caller(reads), b: caller(deletes), c: caller(reads) }
    expect(await linesOf(fileOf({ services }))).toEqual([
      line('services.a', 'services.b'),
      line('services.b', 'services.a and services.c'),
      line('services.c', 'services.b'),
    ])
  })

  test('one whose account follows from its name, and one that writes it', async () => {
    const file = {
      environments: {
        prod: {
          project: 'acme',
          projectNumber: '1',
          region: 'us-central1',
          accounts: '{service}-account',
        },
      },
      services: {
        login: { calls: { profiles: {} } },
        batch: { serviceAccount: emailOf('login') },
        profiles: {},
      },
    }
    await expect(loadPolicy(file, { environment: 'prod' })).rejects.toMatchObject({
      code: 'policy_invalid',
      path: 'services.login',
    })
  })
})

test('entries of one account with the same rights load, in whatever order they say them', async () => {
  const policy = await loadPolicy(
    fileOf({
      services: {
        a: caller({ profiles: [{ methods: ['GET', 'PUT'] }, { paths: ['/a', '/b'] }], search: {} }),
        b: caller({ search: {}, profiles: [{ paths: ['/b', '/a'] }, { methods: ['PUT', 'GET'] }] }),
      },
      pushes: {
        orders: push({ serviceAccount: emailOf('pusher') }),
        events: push({ serviceAccount: emailOf('pusher'), kind: 'eventarc' }),
      },
    }),
  )
  expect(sharedAccounts(policy)).toMatchObject([
    { serviceAccount, isEqual: true, holders: [{ name: 'a' }, { name: 'b' }] },
    { isEqual: true, holders: [{ kind: 'push', name: 'orders' }, { name: 'events' }] },
  ])
})

test('accounts that one entry has alone are not shared', async () => {
  expect(sharedAccounts(await loadPolicy(fileOf({ services: { a: caller(reads) } })))).toEqual([])
})

test('what is shared, each of them may; a subject pins the rights of its own entry', async () => {
  const policy = await loadPolicy(
    fileOf({
      services: {
        signin: caller(reads, { sharesAccount: true, subject: '1' }),
        batch: caller(deletes, { sharesAccount: true, subject: '2' }),
      },
      pushes: { orders: push({ sharesAccount: true }) },
    }),
  )
  const receiver = createReceiver({
    ...policy.receiver('profiles'),
    keys: localKeys(jwks),
    log: false,
  })
  // The token's sub is 1.
  const codeOf = async (method: string, url: string) => {
    const headers = headersOf(serviceAccount, profiles.url)
    const decision = await receiver.check({ method, url, headers })
    return decision.allowed ? 'allowed' : decision.denial.code
  }
  expect(await codeOf('GET', '/profiles/7')).toBe('allowed')
  expect(await codeOf('POST', '/push')).toBe('allowed')
  expect(await codeOf('DELETE', '/profiles/7')).not.toBe('allowed')
  expect(await codeOf('GET', '/push')).toBe('operation_not_allowed')
})
