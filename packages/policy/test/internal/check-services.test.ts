import { expect, test } from 'vitest'
import { linesOf } from '../_helpers.ts'

const account = (name: string) => ({ serviceAccount: `${name}@acme.iam.gserviceaccount.com` })

test('a service without an account, and without a project it would follow from', async () => {
  expect(await linesOf({ services: { a: {} } })).toEqual([
    'services.a: has no serviceAccount, and none follows from its name; write "serviceAccount" or "project"',
  ])
})

test('a name that is too long for an account wants serviceAccount', async () => {
  const name = 'a'.repeat(31)
  expect(await linesOf({ services: { [name]: { project: 'acme' } } })).toEqual([
    `services.${name}: has no serviceAccount, and none follows from its name; write "serviceAccount": an account's name has at most 30 letters`,
  ])
})

test('a service that others call or push to needs a url', async () => {
  const push = { kind: 'pubsub', to: 'c', ...account('pusher') }
  const services = { a: { ...account('a'), calls: { b: {} } }, b: account('b'), c: account('c') }
  const rest =
    'is called, but has no url, and none follows from its name; write "url", or "projectNumber" and "region" here or in the environment'
  expect(await linesOf({ services, pushes: { orders: push } })).toEqual([
    `services.b: ${rest}`,
    `services.c: ${rest}`,
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
    `services.b: answers to "https://a.example", as a does; ${hint}`,
    `services.c: answers to "https://a.example", as a does; ${hint}`,
  ])
})
