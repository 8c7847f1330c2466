import { AxiosError } from 'axios'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const world = await startWorld()
const { profiles } = await import('./recipes/axios-headers.ts')

clientContract(
  {
    name: 'axios by headers',
    readProfile: async () => (await profiles.get('/profiles/7')).data,
    echo: async (body) => (await profiles.post('/profiles', body)).data,
    call: (url, options) => profiles({ url, ...options }),
    redirects: 'unfollowed',
    refusals: 'thrown',
  },
  world,
)

test('an HTTP error is an AxiosError', async () => {
  const error = await outcome(profiles.get('/profiles/none'))
  expect(error).toBeInstanceOf(AxiosError)
  const { response } = error as AxiosError
  expect([response?.status, response?.data]).toEqual([404, { title: 'no such profile' }])
})

test('a call cannot turn redirects on', async () => {
  const url = '/redirect/302'
  expect(await outcome(profiles.get(url, { maxRedirects: 5 }))).toMatchObject({ status: 302 })
  expect(world.stranger.arrived).toEqual([])
})
