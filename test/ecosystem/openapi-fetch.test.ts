import createClient from 'openapi-fetch'
import { expect, test } from 'vitest'
import { clientContract } from './_contract.ts'
import { startWorld } from './_world.ts'
import type { paths } from './recipes/api/profiles-api.ts'

const world = await startWorld()
const { profileOf, profiles } = await import('./recipes/openapi-fetch.ts')
const { serviceFetch } = await import('./recipes/service-fetch.ts')

clientContract(
  {
    name: 'openapi-fetch',
    readProfile: () => profileOf('7'),
    echo: async (body) => (await profiles.POST('/profiles', { body })).data,
    async call(baseUrl, { method, ...options } = {}) {
      const client = createClient<paths>({ baseUrl, fetch: serviceFetch })
      if (method) return client.POST('/profiles', { ...options, body: { name: 'Ada' } })
      return client.GET('/profiles/{id}', { ...options, params: { path: { id: '7' } } })
    },
    redirects: 'refused',
    refusals: 'thrown',
  },
  world,
)

test('an HTTP error is an answer', async () => {
  const params = { path: { id: 'none' } }
  const { data, error, response } = await profiles.GET('/profiles/{id}', { params })
  expect(data).toBeUndefined()
  expect(error).toEqual({ title: 'no such profile' })
  expect(response.status).toBe(404)
})
