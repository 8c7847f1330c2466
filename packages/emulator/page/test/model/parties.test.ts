import { expect, test } from 'vitest'
import { anonymous, callerName, isClaimed, shortName } from '../../src/model/parties.ts'
import { accountOf } from '../events.ts'

const account = accountOf('login')

test('a verified caller has the name of its service, else of its account', () => {
  expect(callerName({ service: 'login', account, verified: true })).toBe('login')
  expect(callerName({ account, verified: true })).toBe(account)
  expect(callerName(undefined)).toBe(anonymous)
})

test.each([
  ['a service', { service: 'login', account }],
  ['an account', { account }],
  ['a service by its bare name', { account: 'login' }],
  ['nobody', { account: anonymous }],
])('who only claims to be %s never has its name', (_title, party) => {
  const name = callerName({ ...party, verified: false })
  expect(['login', account, anonymous]).not.toContain(name)
  expect(isClaimed(name)).toBe(true)
})

test('the domain that all accounts share is left out, the suffix of a claim is kept', () => {
  expect(shortName(account)).toBe('login-run@acme')
  expect(shortName(`${account} (claimed)`)).toBe('login-run@acme (claimed)')
  expect(shortName('login')).toBe('login')
})
