import { AxiosError } from 'axios'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const world = await startWorld()
const { profiles } = await import('./recipes/axios.ts')

clientContract(
  {
    name: 'axios',
    readProfile: async () => (await profiles.get('/profiles/7')).data,
    echo: async (body) => (await profiles.post('/profiles', body)).data,
    call: (url, options) => profiles({ url, ...options }),
    redirects: 'refused',
    refusals: 'cause',
  },
  world,
)

test('an HTTP error is an AxiosError', async () => {
  const error = await outcome(profiles.get('/profiles/none'))
  expect(error).toBeInstanceOf(AxiosError)
  expect(error).toMatchObject({ response: { status: 404, data: { title: 'no such profile' } } })
})
