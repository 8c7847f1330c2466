import { expect, onTestFinished, test, vi } from 'vitest'
import { type EnvironmentEntry, loadPolicy } from '../../src/index.ts'
import { acme, refusal } from '../_helpers.ts'

const prod = acme.environments?.prod as EnvironmentEntry

test('a file with several environments, and none chosen, is refused with their names', async () => {
  const { code, message } = await refusal(() => loadPolicy(acme))
  expect({ code, message }).toEqual({
    code: 'environment_missing',
    message: `the policy has environments ("prod", "staging"), and none was chosen: pass { environment: "prod" }, or set COUNTERSIGN_ENVIRONMENT`,
  })
})

test('the only environment need not be chosen', async () => {
  const policy = await loadPolicy({ ...acme, environments: { prod } })
  expect(policy.environment).toBe('prod')
  expect(policy.services).toEqual((await loadPolicy(acme, { environment: 'prod' })).services)
  expect(policy.receiver('user-profiles').policy).toMatchObject({ environment: 'prod' })
})

test('another name than that of the only environment is refused', async () => {
  const one = { ...acme, environments: { prod } }
  expect((await refusal(() => loadPolicy(one, { environment: 'dev' }))).code).toBe(
    'environment_unknown',
  )
  vi.stubEnv('COUNTERSIGN_ENVIRONMENT', 'dev')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await refusal(() => loadPolicy(one))).code).toBe('environment_unknown')
})

test('an environment that the file does not have is refused with those it has', async () => {
  const { code, message } = await refusal(() => loadPolicy(acme, { environment: 'stagin' }))
  expect({ code, message }).toEqual({
    code: 'environment_unknown',
    message: `the policy has no environment "stagin": choose one of "prod", "staging" (did you mean "staging"?), or add it`,
  })
})

test('an environment of a file without any is refused too', async () => {
  const { code, message } = await refusal(() =>
    loadPolicy({ services: {} }, { environment: 'prod' }),
  )
  expect({ code, message }).toEqual({
    code: 'environment_unknown',
    message: `the policy has no environment "prod": add "environments" to the file, or choose none`,
  })
})

test('what every object has is no environment', async () => {
  const { code } = await refusal(() => loadPolicy(acme, { environment: 'toString' }))
  expect(code).toBe('environment_unknown')
})
