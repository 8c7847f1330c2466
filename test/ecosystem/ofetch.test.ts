import { FetchError } from 'ofetch'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const world = await startWorld()
const { profileOf, profiles } = await import('./recipes/ofetch.ts')

clientContract(
  {
    name: 'ofetch',
    readProfile: () => profileOf('7'),
    echo: (body) => profiles('/profiles', { method: 'POST', body }),
    call: (url, options) => profiles(url, { ...options, baseURL: '', retry: false }),
    redirects: 'refused',
    refusals: 'cause',
  },
  world,
)

test('an HTTP error is a FetchError', async () => {
  const error = await outcome(profileOf('none'))
  expect(error).toBeInstanceOf(FetchError)
  expect(error).toMatchObject({ status: 404, data: { title: 'no such profile' } })
})
