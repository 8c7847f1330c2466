import { expect, test } from 'vitest'
import { loadPolicy, type PolicyFile } from '../../src/index.ts'
import { acme, refusal } from '../_helpers.ts'

const file: PolicyFile = {
  environments: {
    prod: { project: 'acme', projectNumber: '1', region: 'us-central1', accounts: '{service}-run' },
  },
  services: {
    login: { calls: { api: [{ methods: ['GET'] }, { methods: ['POST'], paths: ['/jobs'] }] } },
    cron: { subject: '42', calls: { api: {} } },
    api: { unauthenticated: ['GET /ready'], audiences: ['api'], calls: { api: {} } },
  },
  pushes: {
    orders: {
      kind: 'cloud-tasks',
      serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
      subject: '7',
      audience: 'https://tasks',
      to: 'api',
      path: '/push/orders',
    },
    nightly: {
      kind: 'cloud-scheduler',
      serviceAccount: 'nightly@acme.iam.gserviceaccount.com',
      to: 'api',
      methods: ['GET'],
    },
    bare: { kind: 'eventarc', serviceAccount: 'bare-run@acme.iam.gserviceaccount.com', to: 'api' },
  },
}

test('one entry for each rule of each caller, and one for each push', async () => {
  const policy = await loadPolicy(file, { environment: 'prod' })
  expect(policy.receiver('api')).toEqual({
    allow: [
      { email: 'login-run@acme.iam.gserviceaccount.com', methods: ['GET'] },
      { email: 'login-run@acme.iam.gserviceaccount.com', methods: ['POST'], paths: ['/jobs'] },
      { email: 'cron-run@acme.iam.gserviceaccount.com', subject: '42' },
      { email: 'api-run@acme.iam.gserviceaccount.com' },
      {
        push: 'cloud-tasks',
        email: 'pusher@acme.iam.gserviceaccount.com',
        subject: '7',
        audience: 'https://tasks',
        paths: ['/push/orders'],
      },
      {
        push: 'cloud-scheduler',
        email: 'nightly@acme.iam.gserviceaccount.com',
        methods: ['GET'],
      },
      { push: 'eventarc', email: 'bare-run@acme.iam.gserviceaccount.com' },
    ],
    audience: ['https://api-1.us-central1.run.app', 'api'],
    unauthenticated: ['GET /ready'],
    policy: { digest: policy.digest, environment: 'prod' },
  })
})

test('what one gets, nobody else can change', async () => {
  const policy = await loadPolicy(file, { environment: 'prod' })
  const unauthenticated = policy.receiver('api').unauthenticated as string[]
  unauthenticated.push('GET /*')
  expect(policy.receiver('api').unauthenticated).toEqual(['GET /ready'])
})

test('a service that only a push reaches has that one entry', async () => {
  const policy = await loadPolicy(acme, { environment: 'prod' })
  expect(policy.receiver('search').allow).toEqual([
    { push: 'pubsub', email: 'pusher@acme.iam.gserviceaccount.com', paths: ['/push/orders'] },
  ])
})

test('nobody calls it: the error says what to remove or add', async () => {
  const policy = await loadPolicy(acme, { environment: 'prod' })
  const { code, message, path } = await refusal(() => policy.receiver('login'))
  expect({ code, message, path }).toEqual({
    code: 'no_callers',
    message: `the policy lets nobody call "login": remove the receiver (verifyCaller) from "login", or add "calls": { "login": {} } to each service that may call it`,
    path: 'services.login',
  })
})
