/** A receiver that follows a policy: whoever an edit takes off is refused, whatever else it says. */

import { writeFile } from 'node:fs/promises'
import { createReceiver, localKeys } from '@countersign/receiver'
import { expect, test } from 'vitest'
import { type PolicyFile, watchPolicy } from '../src/index.ts'
import { fileWith } from './_helpers.ts'
import { headersOf, jwks } from './_token.ts'

const url = 'https://search.example'
const login = { serviceAccount: 'login-run@acme.iam.gserviceaccount.com' }
const search = { serviceAccount: 'search-run@acme.iam.gserviceaccount.com' }
const first: PolicyFile = {
  services: { login: { ...login, calls: { search: {} } }, search: { ...search, url } },
}

async function fixture() {
  const file = await fileWith(JSON.stringify(first))
  const clock = { time: 0 }
  const events: string[] = []
  const policy = await watchPolicy(file, {
    now: () => clock.time,
    onEvent: ({ type }) => events.push(type),
  })
  const keys = localKeys(jwks)
  const receiver = createReceiver({ ...policy.receiver('search'), keys, log: false })
  const headers = headersOf(login.serviceAccount, url)
  const edit = async (next: PolicyFile) => {
    await writeFile(file, JSON.stringify(next))
    clock.time += 5000
  }
  const isAllowed = async () => {
    return (await receiver.check({ method: 'GET', url: '/', headers })).allowed
  }
  return { edit, isAllowed, events }
}

test.each([
  { what: 'its callers', service: { ...search, url } },
  { what: 'its callers and its url', service: search },
])('an edit that takes $what from a service is heeded', async ({ service }) => {
  const { edit, isAllowed, events } = await fixture()
  expect(await isAllowed()).toBe(true)
  await edit({ services: { login, search: service } })
  expect(await isAllowed()).toBe(false)
  await edit(first)
  expect(await isAllowed()).toBe(true)
  expect(events).toEqual(['policy_reloaded', 'policy_reloaded'])
})
