import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { loadPolicy, type Policy } from '../../src/index.ts'
import { createLatest } from '../../src/watch-policy.ts'
import { acme } from '../_helpers.ts'

type Promised = (value: Policy) => Promise<Policy>

test.each<{ whose: string; promised: Promised }>([
  { whose: 'our own', promised: (value) => Promise.resolve(value) },
  { whose: 'another realm’s', promised: runInNewContext('(value) => Promise.resolve(value)') },
])('$whose promise is waited for', async ({ promised }) => {
  const policy = await loadPolicy(acme, { environment: 'prod' })
  const source = { get: () => promised(policy), known: () => policy }
  const latest = createLatest(source, ({ environment }) => ({ environment }))
  const first = latest()
  expect(first).toBeInstanceOf(Promise)
  expect(await first).toEqual({ environment: 'prod' })
  expect(await latest()).toBe(await first)
})
