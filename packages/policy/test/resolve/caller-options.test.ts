import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/index.ts'
import { acme, refusal } from '../_helpers.ts'

test('one target for each rule, with the headers that the called service wants', async () => {
  const policy = await loadPolicy(
    {
      environments: {
        prod: {
          project: 'acme',
          projectNumber: '1',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: {
        login: { calls: { api: [{ methods: ['GET'] }, { paths: ['/jobs'] }], login: {} } },
        api: { headers: ['x-caller-authorization'] },
      },
    },
    { environment: 'prod' },
  )
  const api = {
    name: 'api',
    url: 'https://api-1.us-central1.run.app',
    audience: 'https://api-1.us-central1.run.app',
    headers: ['x-caller-authorization'],
  }
  const url = 'https://login-1.us-central1.run.app'
  expect(policy.caller('login')).toEqual({
    targets: [
      { ...api, methods: ['GET'] },
      { ...api, paths: ['/jobs'] },
      { name: 'login', url, audience: url },
    ],
    policy: { digest: policy.digest, environment: 'prod', service: 'login' },
  })
})

test('it calls nobody: the error says what to remove or add', async () => {
  const policy = await loadPolicy(acme, { environment: 'prod' })
  const { code, message, path } = await refusal(() => policy.caller('user-profiles'))
  expect({ code, message, path }).toEqual({
    code: 'no_targets',
    message: `the policy lets "user-profiles" call nobody: remove the caller (createServiceFetch, signCalls) from "user-profiles", or add "calls": { "SERVICE": {} } to it`,
    path: 'services["user-profiles"]',
  })
})
