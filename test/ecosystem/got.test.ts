import { HTTPError } from 'got'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const world = await startWorld()
const { profiles } = await import('./recipes/got.ts')

clientContract(
  {
    name: 'got',
    readProfile: () => profiles('profiles/7').json(),
    echo: (json) => profiles.post('profiles', { json }).json(),
    call: (url, options) => profiles(new URL(url), options),
    redirects: 'unfollowed',
  },
  world,
)

test('an HTTP error is an HTTPError', async () => {
  const error = await outcome(profiles('profiles/none'))
  expect(error).toBeInstanceOf(HTTPError)
  expect(error).toMatchObject({ response: { statusCode: 404 } })
})

test('a call cannot turn redirects on', async () => {
  const answer = await profiles('redirect/302', { followRedirect: true, throwHttpErrors: false })
  expect(answer.statusCode).toBe(302)
  expect(world.stranger.arrived).toEqual([])
})
