import { HTTPError } from 'ky'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

let failures = 0
const world = await startWorld((app) => {
  app.post('/moved', (_req, res) => res.redirect(307, '/profiles'))
  app.get('/flaky', (_req, res) => void res.status(failures-- > 0 ? 503 : 200).json('well'))
})
const { profileOf, profiles } = await import('./recipes/ky.ts')

clientContract(
  {
    name: 'ky',
    readProfile: () => profileOf('7'),
    echo: (json) => profiles.post('profiles', { json }).json(),
    call: (url, options) => profiles(url, { ...options, prefix: '', retry: 0 }).json(),
    redirects: 'refused',
    refusals: 'thrown',
  },
  world,
)

test('an HTTP error is an HTTPError', async () => {
  const error = await outcome(profileOf('none'))
  expect(error).toBeInstanceOf(HTTPError)
  expect(error).toMatchObject({ response: { status: 404 }, data: { title: 'no such profile' } })
})

test("each of ky's own attempts carries a token", async () => {
  failures = 2
  expect(await profiles.get('flaky', { retry: { delay: () => 1 } }).json()).toBe('well')
  const tokens = world.arrived.map(({ headers }) => headers.authorization)
  expect(tokens).toEqual(Array(3).fill(expect.stringMatching(/^Bearer /)))
})

test('a POST is sent on by no redirect, since ky sends streams', async () => {
  const error = await outcome(profiles.post('moved', { json: { name: 'Ada' } }))
  expect(error).toMatchObject({ code: 'redirect_refused' })
  expect(world.arrived.map(({ url }) => url)).toEqual(['/moved'])
})
