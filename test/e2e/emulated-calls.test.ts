/** What the emulator sets in a service's environment, and what the service's caller makes of it. */

import { createServiceFetch } from '@countersign/caller'
import { expect, test, vi } from 'vitest'
import { startWorld } from './_world.ts'

const elsewhere = 'https://elsewhere.example'

test('a URL in production leads to the front door, whose service takes the token', async () => {
  const { policy } = await startWorld()
  const url = String(policy.services.get('user-profiles')?.url)
  const serviceFetch = createServiceFetch({ targets: [url], log: false })
  const response = await serviceFetch(`${url}/profiles/7`)
  expect(response.status).toBe(200)
  expect(new URL(response.url).hostname).toBe('127.0.0.1')
})

test('what serviceFetch refuses by itself is an event of the emulator', async () => {
  const { policy, emulator } = await startWorld()
  const url = String(policy.services.get('user-profiles')?.url)
  const serviceFetch = createServiceFetch({
    targets: [{ url, methods: ['GET'] }, elsewhere],
    log: false,
  })
  await expect(serviceFetch(`${url}/profiles/7?a=b`, { method: 'POST' })).rejects.toThrow()
  await expect(serviceFetch(`${elsewhere}/b`)).rejects.toMatchObject({
    code: 'target_beyond_emulator',
  })
  await vi.waitFor(() => {
    const refusals = emulator.events.kept.filter(({ type }) => type === 'refusal')
    expect(refusals).toHaveLength(2)
    expect(refusals).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          service: 'login',
          method: 'POST',
          target: 'user-profiles',
          path: '/profiles/7',
          code: 'operation_not_allowed',
        }),
        expect.objectContaining({ method: 'GET', path: '/b', code: 'target_beyond_emulator' }),
      ]),
    )
  })
})
