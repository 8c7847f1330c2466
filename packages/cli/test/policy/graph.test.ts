import {
  type EnvironmentEntry,
  loadPolicy,
  type Policy,
  type PolicyFile,
  type PushEntry,
  type ServiceEntry,
} from '@countersign/policy'
import { describe, expect, test } from 'vitest'
import { policyChanges } from '../../src/policy/graph.ts'

/** The value of a field that alone doesn't change who may call what. */
const silent = Symbol('silent')

const environment = {
  project: 'acme',
  projectNumber: '123',
  region: 'us-central1',
  accounts: '{service}-run',
}
const search: ServiceEntry = { projectNumber: '123', calls: { profiles: { methods: ['GET'] } } }
const orders: PushEntry = {
  kind: 'cloud-tasks',
  serviceAccount: 'orders@acme.iam.gserviceaccount.com',
  to: 'search',
  audience: 'https://search-123.us-central1.run.app',
}

/** A value for each field; the compiler asks for one when a field is added. */
const services: Record<keyof ServiceEntry, unknown> = {
  url: 'https://search.example',
  serviceAccount: 'other-run@acme.iam.gserviceaccount.com',
  subject: '7',
  // Only beside another entry with the same account, which has a test of its own.
  sharesAccount: silent,
  project: 'other',
  projectNumber: '9',
  region: 'europe-west1',
  audiences: ['https://search.example'],
  public: true,
  unauthenticated: ['GET /ready'],
  calls: { profiles: {} },
  headers: ['x-caller-authorization'],
  command: silent,
  port: silent,
}
const pushes: Record<keyof PushEntry, unknown> = {
  kind: 'cloud-scheduler',
  serviceAccount: 'other-run@acme.iam.gserviceaccount.com',
  subject: '7',
  sharesAccount: silent,
  audience: 'https://other.example',
  to: 'profiles',
  path: '/push',
  methods: ['PUT'],
}
const environments: Record<keyof EnvironmentEntry, unknown> = {
  project: 'other',
  projectNumber: '9',
  region: 'europe-west1',
  accounts: '{service}-app',
}

type Kind = 'service' | 'push' | 'environment'

/** The policy, with one field of one entry changed. */
function edited(kind?: Kind, change: object = {}): Promise<Policy> {
  const edit = (entry: object, its: Kind) => (its === kind ? { ...entry, ...change } : entry)
  const file = {
    environments: { test: edit(environment, 'environment') },
    services: { search: edit(search, 'service'), profiles: {} },
    pushes: { orders: edit(orders, 'push') },
  }
  return loadPolicy(file as PolicyFile, { environment: 'test' })
}

describe.each<[Kind, object]>([
  ['service', services],
  ['push', pushes],
  ['environment', environments],
])('a field of a %s that changes is a difference', (kind, fields) => {
  const visible = Object.entries(fields).filter(([, value]) => value !== silent)
  test.each(visible)('%s', async (field, value) => {
    const [before, after] = await Promise.all([edited(), edited(kind, { [field]: value })])
    const { added, removed } = policyChanges(before, after)
    expect([...added, ...removed]).not.toEqual([])
  })
})
