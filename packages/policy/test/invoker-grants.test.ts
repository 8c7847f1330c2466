import { expect, test } from 'vitest'
import { invokerGrants, loadPolicy, policyEnvironments } from '../src/index.ts'

const environments = {
  prod: { project: 'acme', projectNumber: '123', region: 'us-central1', accounts: '{service}-run' },
  staging: {
    project: 'acme-staging',
    projectNumber: '456',
    region: 'us-central1',
    accounts: '{service}-run',
  },
}

test('each account that the policy lets call, or push, is granted its service once', async () => {
  const shared = 'shared@acme.iam.gserviceaccount.com'
  const pusher = 'pusher@acme.iam.gserviceaccount.com'
  const policy = await loadPolicy(
    {
      environments,
      services: {
        one: {
          serviceAccount: shared,
          sharesAccount: true,
          calls: { search: [{ methods: ['GET'] }, {}] },
        },
        two: { serviceAccount: shared, sharesAccount: true, calls: { search: {} } },
        search: { region: 'europe-west1' },
      },
      pushes: { orders: { kind: 'pubsub', serviceAccount: pusher, to: 'search' } },
    },
    { environment: 'prod' },
  )
  const where = { service: 'search', project: 'acme', region: 'europe-west1' }
  expect(invokerGrants(policy)).toEqual([
    { ...where, member: `serviceAccount:${shared}`, callers: ['one', 'two'] },
    { ...where, member: `serviceAccount:${pusher}`, callers: ['orders'] },
  ])
})

test('a public service is granted to allUsers besides', async () => {
  const services = { login: { public: true }, website: { calls: { login: {} } } }
  const policy = await loadPolicy({ environments, services }, { environment: 'staging' })
  expect(invokerGrants(policy).map(({ member }) => member)).toEqual([
    'allUsers',
    'serviceAccount:website-run@acme-staging.iam.gserviceaccount.com',
  ])
})

test('where nobody knows project and region, neither is made up', async () => {
  const serviceAccount = 'account-a@acme.iam.gserviceaccount.com'
  const policy = await loadPolicy({
    services: {
      a: { serviceAccount, calls: { b: {} } },
      b: { serviceAccount: 'account-b@acme.iam.gserviceaccount.com', url: 'https://b.example' },
    },
  })
  expect(invokerGrants(policy)).toMatchObject([{ project: undefined, region: undefined }])
})

test('the environments of a policy are those it names', async () => {
  expect(await policyEnvironments({ environments, services: {} })).toEqual(['prod', 'staging'])
  expect(await policyEnvironments({ services: {} })).toEqual([])
})

test('a wrong policy has no environments', async () => {
  const wrong = { services: { a: { cals: {} } } } as never
  await expect(policyEnvironments(wrong)).rejects.toMatchObject({ code: 'policy_invalid' })
})
