import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/index.ts'
import { acme } from '../_helpers.ts'

test('url and serviceAccount follow from the name and the environment', async () => {
  const { services } = await loadPolicy(acme, { environment: 'prod' })
  expect(services.get('login')).toEqual({
    name: 'login',
    url: 'https://login-123.us-central1.run.app',
    serviceAccount: 'login-run@acme.iam.gserviceaccount.com',
    subject: undefined,
    sharesAccount: false,
    project: 'acme',
    projectNumber: '123',
    region: 'us-central1',
    audiences: ['https://login-123.us-central1.run.app'],
    public: false,
    unauthenticated: [],
    calls: new Map([['user-profiles', [{ methods: ['GET'], paths: ['/profiles/:id'] }]]]),
    headers: undefined,
    command: 'node examples/login/server.ts',
    port: undefined,
  })
})

test('what is written wins over what follows', async () => {
  const { services } = await loadPolicy(acme, { environment: 'staging' })
  expect(services.get('search')).toMatchObject({
    url: 'https://search-123.us-central1.run.app',
    serviceAccount: 'search-run@acme.iam.gserviceaccount.com',
    subject: '107512345678901234567',
  })
})

test('a service of another project does not get the number of its environment', async () => {
  const file = {
    environments: {
      prod: {
        project: 'acme',
        projectNumber: '123',
        region: 'us-central1',
        accounts: 'account-{service}',
      },
    },
    services: {
      a: { project: 'other' },
      b: { project: 'other', projectNumber: '9' },
      c: { region: 'us-east1' },
    },
  }
  const { services } = await loadPolicy(file, { environment: 'prod' })
  expect([...services.values()].map(({ url, serviceAccount }) => [url, serviceAccount])).toEqual([
    [undefined, 'account-a@other.iam.gserviceaccount.com'],
    ['https://b-9.us-central1.run.app', 'account-b@other.iam.gserviceaccount.com'],
    ['https://c-123.us-east1.run.app', 'account-c@acme.iam.gserviceaccount.com'],
  ])
})

test("a domain's project turns round in its accounts' emails", async () => {
  const { services } = await loadPolicy({ services: { nightly: { project: 'example.com:acme' } } })
  expect(services.get('nightly')?.serviceAccount).toBe(
    'nightly@acme.example.com.iam.gserviceaccount.com',
  )
})

test('a URL whose first label would be longer than DNS allows is none', async () => {
  const name = `a${'b'.repeat(29)}`
  const place = { project: 'acme', region: 'us-central1' }
  const { services } = await loadPolicy({
    services: {
      [name]: { ...place, projectNumber: '1'.repeat(32) },
      fitting: { ...place, projectNumber: '1'.repeat(55) },
    },
  })
  expect(services.get(name)?.url).toBe(`https://${name}-${'1'.repeat(32)}.us-central1.run.app`)
  expect(services.get('fitting')?.url).toMatch(/^https:\/\/fitting-1{55}\./)
  const longer = { services: { [name]: { ...place, projectNumber: '1'.repeat(33) } } }
  expect((await loadPolicy(longer)).services.get(name)?.url).toBeUndefined()
})

test('a single rule is a list of one', async () => {
  const { services } = await loadPolicy({
    services: {
      search: {
        project: 'acme',
        url: 'https://a.example',
        calls: { search: { methods: ['GET'] } },
      },
    },
  })
  expect(services.get('search')?.calls.get('search')).toEqual([{ methods: ['GET'] }])
})
