import { loadPolicy, type Policy } from '@countersign/policy'
import { expect, test } from 'vitest'
import { accountsOf } from '../../src/google/accounts.ts'
import { createIam, type Iam } from '../../src/iam/iam.ts'
import { startEmulator } from '../../src/index.ts'
import { startApp } from '../app.ts'
import { addBinding } from './_gcloud.ts'

const account = (name: string) => `serviceAccount:${name}-run@acme.iam.gserviceaccount.com`
const invoker = 'roles/run.invoker'

/** A policy in which these services call user-profiles. */
function policyOf(callers: readonly string[], isPublic = false): Promise<Policy> {
  const services = ['login', 'search', 'cron'].map((name) => [
    name,
    callers.includes(name) ? { calls: { 'user-profiles': {} } } : {},
  ])
  const environments = {
    prod: {
      project: 'acme',
      projectNumber: '123',
      region: 'us-central1',
      accounts: '{service}-run',
    },
  }
  return loadPolicy(
    {
      environments,
      services: { ...Object.fromEntries(services), 'user-profiles': { public: isPublic } },
    },
    { environment: 'prod' },
  )
}

async function startIam(callers: readonly string[]) {
  const policy = await policyOf(callers)
  const noted: string[] = []
  const iam = createIam({
    google: { policy, accounts: accountsOf(policy), now: Date.now, wallClock: Date.now },
    noteGrant: (change, { member }, changedBy) => noted.push(`${change} ${member} by ${changedBy}`),
    noteAccess: () => {},
  })
  return { iam, noted }
}

function membersOf(iam: Iam): Record<string, string> {
  return Object.fromEntries(iam.grantsOn('user-profiles').map(({ member, from }) => [member, from]))
}

function write(iam: Iam, members: readonly string[]): void {
  const resource = iam.resources.services.get('user-profiles')
  if (resource)
    iam.setPolicy(
      resource,
      members.map((member) => ({ role: invoker, member })),
    )
}

test('an edit of the file replaces its grants, and keeps those of gcloud', async () => {
  const { iam, noted } = await startIam(['login'])
  expect(noted).toEqual([])
  write(iam, [account('login'), 'user:ada@acme.example'])
  iam.replaceFileGrants(await policyOf(['search']))
  expect(membersOf(iam)).toEqual({
    [account('search')]: 'policy-file',
    'user:ada@acme.example': 'gcloud',
  })
  expect(noted).toEqual([
    'granted user:ada@acme.example by gcloud',
    `revoked ${account('login')} by policy-file`,
    `granted ${account('search')} by policy-file`,
  ])
})

test('a grant that both have outlives the edit that removes it, without an event', async () => {
  const { iam, noted } = await startIam([])
  write(iam, [account('login')])
  iam.replaceFileGrants(await policyOf(['login']))
  expect(membersOf(iam)).toEqual({ [account('login')]: 'policy-file' })
  iam.replaceFileGrants(await policyOf([]))
  expect(membersOf(iam)).toEqual({ [account('login')]: 'gcloud' })
  expect(noted).toEqual([`granted ${account('login')} by gcloud`])
})

test('what gcloud revoked stays away over an edit of something else', async () => {
  const { iam } = await startIam(['login', 'search'])
  write(iam, [account('search')])
  iam.replaceFileGrants(await policyOf(['login', 'search', 'cron']))
  expect(Object.keys(membersOf(iam)).sort()).toEqual([account('cron'), account('search')])
})

test('and is back if the file leaves it out and has it again, or gcloud grants it', async () => {
  const { iam } = await startIam(['login'])
  write(iam, [])
  iam.replaceFileGrants(await policyOf([]))
  iam.replaceFileGrants(await policyOf(['login']))
  expect(membersOf(iam)).toEqual({ [account('login')]: 'policy-file' })
  write(iam, [])
  write(iam, [account('login')])
  expect(Object.keys(membersOf(iam))).toEqual([account('login')])
  iam.replaceFileGrants(await policyOf([]))
  expect(membersOf(iam)).toEqual({ [account('login')]: 'gcloud' })
})

test('public follows the file, and setPublic outlives it', async () => {
  const { iam } = await startIam([])
  iam.replaceFileGrants(await policyOf([], true))
  expect(membersOf(iam)).toEqual({ allUsers: 'policy-file' })
  iam.replaceFileGrants(await policyOf([]))
  expect(membersOf(iam)).toEqual({})
  iam.setPublic('user-profiles', true)
  iam.replaceFileGrants(await policyOf(['login']))
  expect(membersOf(iam)).toEqual({ allUsers: 'set-public', [account('login')]: 'policy-file' })
})

test('a service that is new in the file is left out, one that is gone from it loses its grants', async () => {
  const { iam } = await startIam(['login'])
  const other = await loadPolicy({
    services: {
      api: { url: 'https://api.example', serviceAccount: 'api-run@acme.iam.gserviceaccount.com' },
      login: { serviceAccount: 'login-run@acme.iam.gserviceaccount.com', calls: { api: {} } },
    },
  })
  iam.replaceFileGrants(other)
  expect(membersOf(iam)).toEqual({})
  expect(() => iam.grantsOn('api')).toThrow(/^The policy has no service "api"/)
})

test('a clock that was set back brings nothing back', async () => {
  const policy = await policyOf(['login'])
  let time = 1_000_000
  const now = () => time
  const google = { policy, accounts: accountsOf(policy), now, wallClock: now }
  const iam = createIam({ google, noteGrant: () => {}, noteAccess: () => {} })
  write(iam, [])
  iam.setAccess('user-profiles', { iap: true })
  time -= 500_000
  expect(membersOf(iam)).toEqual({})
  expect(iam.accessOf('user-profiles')).toMatchObject({ iap: true })
})

test('a followed policy, over HTTP: its grants change, and those of gcloud stay', async () => {
  await using emulator = await startEmulator({ policy: await policyOf(['login']) })
  await using app = await startApp()
  emulator.forwardTo('user-profiles', app.url)
  await addBinding(emulator, { member: 'serviceAccount:cron-run@acme.iam.gserviceaccount.com' })
  async function admitted(): Promise<string[]> {
    const statuses = ['login', 'search', 'cron'].map(async (name) => {
      const token = await emulator.idToken(name, 'https://user-profiles-123.us-central1.run.app')
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(emulator.frontDoor('user-profiles'), { headers })).ok ? [name] : []
    })
    return (await Promise.all(statuses)).flat()
  }
  expect(await admitted()).toEqual(['login', 'cron'])
  emulator.setPolicy(await policyOf(['search']))
  expect(await admitted()).toEqual(['search', 'cron'])
  emulator.setPolicy(await policyOf([]))
  expect(await admitted()).toEqual(['cron'])
  const changes = emulator.events.kept.filter((event) => event.type === 'grant')
  expect(changes.map(({ change, changedBy }) => `${change} by ${changedBy}`)).toEqual([
    'granted by gcloud',
    'revoked by policy-file',
    'granted by policy-file',
    'revoked by policy-file',
  ])
})
