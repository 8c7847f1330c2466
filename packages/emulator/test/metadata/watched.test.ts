import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

const project = '/computeMetadata/v1/project/project-id'

async function timed(query: string) {
  const begun = performance.now()
  const answer = await getMetadata(emulator.env('login').GCE_METADATA_HOST, `${project}${query}`)
  return { ...answer, took: performance.now() - begun }
}

test('every value has an ETag, the same as long as it is the same, and another one elsewhere', async () => {
  const { headers } = await timed('')
  expect(headers.etag).toMatch(/^[0-9a-f]{16}$/)
  expect((await timed('')).headers.etag).toBe(headers.etag)
  const elsewhere = '/computeMetadata/v1/instance/region'
  const other = await getMetadata(emulator.env('login').GCE_METADATA_HOST, elsewhere)
  expect(other.headers.etag).not.toBe(headers.etag)
})

test.for(['', 'last_etag'])('a wait ends with timeout_sec, and the value: %s', async (name) => {
  const { etag } = (await timed('')).headers
  const last = name === '' ? '' : `&${name}=${etag}`
  const answer = await timed(`?wait_for_change=true&timeout_sec=1${last}`)
  expect(answer).toMatchObject({ status: 200, body: 'acme', headers: { etag } })
  expect(answer.took).toBeGreaterThan(900)
})

test('who knows another value, or asks for no wait, is answered at once', async () => {
  expect((await timed('?wait_for_change=true&last_etag=0')).status).toBe(200)
  expect((await timed('?wait_for_change=false')).status).toBe(200)
})

test('a wait without an end lasts until the client hangs up, and goes unanswered', async () => {
  const url = `http://${emulator.env('login').GCE_METADATA_HOST}${project}?wait_for_change=true`
  const waiting = request(url, { headers: { 'metadata-flavor': 'Google' }, agent: false })
  const answered = once(waiting, 'response').then(
    () => 'answered',
    () => 'hung up',
  )
  waiting.end()
  const first = await Promise.race([
    answered,
    new Promise((later) => setTimeout(later, 300, 'waits')),
  ])
  expect(first).toBe('waits')
  waiting.destroy()
  expect(await answered).toBe('hung up')
  await expect.poll(() => emulator.requests.at(-1)).toMatchObject({ endpoint: 'metadata' })
})
