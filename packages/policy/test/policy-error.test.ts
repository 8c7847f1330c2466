import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { loadPolicy } from '../src/index.ts'

const token = `eyJhbGciOiJSUzI1NiJ9.${'eyJhdWQiOiJ4In0'}.${'a1B2'.repeat(10)}`
const label = 'PRIVATE KEY'
const pem = `-----BEGIN ${label}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END ${label}-----\n`

/** What is pasted into the wrong place: a token, a key. */
test.each([
  ['as the path of the file', token],
  ['instead of the path of the file', pem],
  ['as a key', { services: { login: { [token]: 1 } } }],
  ['as a value', { services: { login: { url: token } } }],
  ['as the name of a service', { services: { [token]: { url: 1 } } }],
  ['as an account', { services: { login: { serviceAccount: pem } } }],
])('no error shows a secret that was given %s', async (_where, policy) => {
  const error = await loadPolicy(policy as never).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ name: 'PolicyError' })
  const all = inspect(error, { depth: 20, showHidden: true, maxStringLength: null })
  expect(all).not.toMatch(/eyJh|a1B2a1|MIIEvQ/)
})

test('no error shows a secret in the name of the environment', async () => {
  const file = { environments: { prod: { project: 'acme-prod' } }, services: { login: {} } }
  await expect(loadPolicy(file as never, { environment: token })).rejects.toThrow(
    'no environment "[redacted]"',
  )
})
