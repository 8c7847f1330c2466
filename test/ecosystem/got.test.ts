import { HTTPError } from 'got'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

let failures = 0
const world = await startWorld((app) => {
  app.get('/flaky', (_req, res) => void res.status(failures-- > 0 ? 503 : 200).json('well'))
})
const { profiles } = await import('./recipes/got.ts')

clientContract(
  {
    name: 'got',
    readProfile: () => profiles('profiles/7').json(),
    echo: (json) => profiles.post('profiles', { json }).json(),
    call: (url, options) => profiles(new URL(url), { ...options, retry: { limit: 0 } }),
    redirects: 'unfollowed',
    refusals: 'cause',
  },
  world,
)

test('an HTTP error is an HTTPError', async () => {
  const error = await outcome(profiles('profiles/none'))
  expect(error).toBeInstanceOf(HTTPError)
  expect(error).toMatchObject({ response: { statusCode: 404 } })
})

test('a call that turns redirects on is refused where one leads to a stranger', async () => {
  const error = await outcome(profiles('redirect/302', { followRedirect: true }))
  expect(error).toMatchObject({ cause: { code: 'target_not_allowed' } })
  expect(world.stranger.arrived).toEqual([])
})

test("each of got's own attempts carries a token", async () => {
  failures = 2
  const retry = {
    calculateDelay: ({ attemptCount }: { attemptCount: number }) => (attemptCount < 4 ? 1 : 0),
  }
  expect(await profiles('flaky', { retry }).json()).toBe('well')
  const tokens = world.arrived.map(({ headers }) => headers.authorization)
  expect(tokens).toEqual(Array(3).fill(expect.stringMatching(/^Bearer /)))
})
