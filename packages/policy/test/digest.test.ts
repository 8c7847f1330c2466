import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { loadPolicy, watchPolicy } from '../src/index.ts'
import { acme, fileWith } from './_helpers.ts'

const environment = 'prod'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('the digest is that of the file, as sha256sum prints it: with its comments and its mark', async () => {
  const text = `\uFEFF// Grüße\n${JSON.stringify(acme)}\n`
  const policy = await loadPolicy(await fileWith(text), { environment })
  expect(policy.digest).toBe(sha256(text))
  expect(policy.receiver('user-profiles').policy).toEqual({ digest: sha256(text), environment })
  expect(policy.caller('login').policy).toEqual({
    digest: sha256(text),
    environment,
    service: 'login',
  })
})

test('of an object it is that of its JSON', async () => {
  const policy = await loadPolicy(acme, { environment })
  expect(policy.digest).toBe(sha256(JSON.stringify(acme)))
})

test('a policy without environments names none', async () => {
  const account = 'a-service@acme.iam.gserviceaccount.com'
  const url = 'https://a.example'
  const entry = { serviceAccount: account, url, calls: { a: {} } }
  const policy = await loadPolicy({ services: { a: entry } })
  expect(policy.receiver('a').policy).toEqual({ digest: policy.digest })
})

test('it follows an edit, on both sides', async () => {
  const file = await fileWith(JSON.stringify(acme))
  let time = 0
  const policy = await watchPolicy(file, { environment, now: () => time, onEvent: () => {} })
  const receiver = policy.receiver('user-profiles')
  const caller = policy.caller('login')
  const before = policy.digest
  const edited = `${JSON.stringify(acme)} // reviewed`
  await writeFile(file, edited)
  time += 5000
  const digest = sha256(edited)
  expect(digest).not.toBe(before)
  expect(await receiver.latest?.()).toMatchObject({ policy: { digest, environment } })
  expect(await caller.latest?.()).toMatchObject({ policy: { digest, environment } })
  expect(policy.digest).toBe(digest)
})
