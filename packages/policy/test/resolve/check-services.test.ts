import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/index.ts'
import { fileWith, linesOf, refusal } from '../_helpers.ts'

const account = (name: string) => ({
  serviceAccount: `account-${name}@acme.iam.gserviceaccount.com`,
})

test('a service without an account, and without a project it would follow from', async () => {
  expect(await linesOf({ services: { a: {} } })).toEqual([
    'services.a has no serviceAccount, and no project from which one could be derived: write "serviceAccount" or "project"',
  ])
})

const written = 'write "serviceAccount" here'
const way = `${written}, or "accounts": "{service}-run" in the environment`

test.each([
  ['login', way],
  ['a', way.replace('{service}-run', '{service}-service')],
  ['a'.repeat(31), written],
])(
  'the account that would follow from the name %s cannot exist, whether it calls or is called',
  async (name, hint) => {
    const place = { project: 'acme', projectNumber: '1', region: 'us-central1' }
    const line = `services.${name} would run as ${name}@acme.iam.gserviceaccount.com, which can't exist, since an account's id has 6 to 30 characters: ${hint}`
    const search = { ...place, calls: {} }
    const calls = { [name]: { ...place, calls: { search: {} } }, search }
    const called = { [name]: place, search: { ...place, calls: { [name]: {} } } }
    expect(await linesOf({ services: calls })).toEqual([line])
    expect(await linesOf({ services: called })).toEqual([line])
  },
)

test('an account that cannot exist is shown in its place in the file', async () => {
  const file = await fileWith(`{
  "environments": { "prod": { "project": "acme" } },
  "services": {
    "login": {}
  }
}`)
  const { code, issues } = await refusal(() => loadPolicy(file, { environment: 'prod' }))
  expect(code).toBe('policy_invalid')
  expect(issues).toMatchObject([{ path: 'services.login', line: 4, column: 5, hint: way }])
})

test("an environment's accounts says how ids follow from names, and what follows is checked too", async () => {
  const load = (accounts: string) => {
    const environments = { prod: { project: 'acme', accounts } }
    return loadPolicy({ environments, services: { login: {} } }, { environment: 'prod' })
  }
  const policy = await load('run-{service}-eu')
  expect(policy.services.get('login')?.serviceAccount).toBe(
    'run-login-eu@acme.iam.gserviceaccount.com',
  )
  const { issues } = await refusal(() => load(`{service}-${'a'.repeat(25)}`))
  expect(issues).toMatchObject([{ path: 'services.login', hint: written }])
})

test('a service that others call or push to needs a url', async () => {
  const push = { kind: 'pubsub', to: 'c', ...account('pusher') }
  const services = { a: { ...account('a'), calls: { b: {} } }, b: account('b'), c: account('c') }
  const rest =
    'is called, but has no url, and none can be derived from its name: write "url", or "projectNumber" and "region" here or in the environment'
  expect(await linesOf({ services, pushes: { orders: push } })).toEqual([
    `services.b ${rest}`,
    `services.c ${rest}`,
  ])
})

test('two services that answer to one aud are refused: a token for one would do for the other', async () => {
  const services = {
    a: { url: 'https://a.example', ...account('a') },
    b: { url: 'https://a.example', ...account('b') },
    c: { url: 'https://c.example', audiences: ['https://a.example'], ...account('c') },
  }
  const hint = 'write a "url" and "audiences" that no other service has'
  expect(await linesOf({ services })).toEqual([
    `services.b has the audience "https://a.example", which "a" has too: ${hint}`,
    `services.c has the audience "https://a.example", which "a" has too: ${hint}`,
  ])
})

test('two services that listen on one port are refused', async () => {
  const services = {
    orders: { ...account('orders'), port: 9911 },
    billing: { ...account('billing'), port: 9911 },
    search: { ...account('search'), port: 9912 },
    login: account('login'),
    cron: account('cron'),
  }
  expect(await linesOf({ services })).toEqual([
    'services.billing.port is 9911, which services.orders has too: write another, or leave it out',
  ])
})
