/** A test moves the global clock after the app was made: what asks for the time asks the moved one. */

import { createServiceFetch } from '@countersign/caller'
import { createReceiver, googleKeys } from '@countersign/receiver'
import { createTestIssuer } from '@countersign/testing'
import { afterEach, expect, test, vi } from 'vitest'

const email = 'login@acme.iam.gserviceaccount.com'
const audience = 'https://svc-123.us-central1.run.app'
const twoHours = 2 * 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

function moveClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + twoHours })
}

test('a receiver refuses a token of two hours ago, and takes one of now', async () => {
  const issuer = await createTestIssuer()
  const receiver = createReceiver({ allow: [email], audience, keys: issuer.keys, log: false })
  const verdict = async (headers: Record<string, string>) => {
    const decision = await receiver.check({ method: 'GET', url: '/', headers })
    return decision.allowed ? 'allowed' : decision.denial.code
  }
  const headers = await issuer.headers({ email, audience })
  expect(await verdict(headers)).toBe('allowed')
  moveClock()
  expect(await verdict(headers)).toBe('token_expired')
  expect(await verdict(await issuer.headers({ email, audience }))).toBe('allowed')
})

test('a caller asks for a new token', async () => {
  const issuer = await createTestIssuer()
  let asked = 0
  const identity = {
    idToken: (aud: string) => {
      asked += 1
      return issuer.idToken({ email, audience: aud })
    },
  }
  const serviceFetch = createServiceFetch({ targets: [audience], identity })
  await serviceFetch.headers(audience)
  moveClock()
  await serviceFetch.headers(audience)
  expect(asked).toBe(2)
})

test('keys grow old', async () => {
  const issuer = await createTestIssuer()
  let fetches = 0
  const fetch = async () => {
    fetches += 1
    return Response.json(issuer.jwks(), { headers: { 'cache-control': 'max-age=600' } })
  }
  const keys = googleKeys({ fetch })
  await keys.ready()
  moveClock()
  await keys.ready()
  expect(fetches).toBe(2)
})
