import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/index.ts'
import { acme, refusal } from '../_helpers.ts'

test('a file with environments, and none chosen, is refused with their names', async () => {
  const { code, message } = await refusal(() => loadPolicy(acme))
  expect({ code, message }).toEqual({
    code: 'environment_missing',
    message: `the policy has environments ("prod", "staging"), and none was chosen: pass { environment: "prod" }, or set COUNTERSIGN_ENVIRONMENT`,
  })
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
