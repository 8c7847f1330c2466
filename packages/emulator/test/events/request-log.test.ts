import { expect, test } from 'vitest'
import { createRequestLog } from '../../src/events/request-log.ts'

test('entries carry the time of the injected clock', () => {
  const log = createRequestLog(() => 1_700_000_000_000)
  log.record({ endpoint: 'jwks', status: 200 })
  expect(log.entries).toEqual([{ at: 1_700_000_000_000, endpoint: 'jwks', status: 200 }])
})

test('an audience and an account are as bounded as those of events', () => {
  const log = createRequestLog(() => 0)
  const audience = 'a b'.repeat(1_000)
  log.record({ endpoint: 'identity', status: 200, audience, account: audience })
  const [{ audience: kept = '', account = '' } = {}] = log.entries
  expect([kept.length, account.length]).toEqual([501, 501])
})

test('the newest 10,000 are kept', () => {
  const log = createRequestLog(() => 0)
  for (let status = 1; status <= 10_005; status++) log.record({ endpoint: 'jwks', status })
  expect(log.entries).toHaveLength(10_000)
  expect(log.entries[0]?.status).toBe(6)
  expect(log.entries.at(-1)?.status).toBe(10_005)
})
