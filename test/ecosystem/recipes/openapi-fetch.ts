import createClient from 'openapi-fetch'
import type { paths } from './api/profiles-api.ts' // from openapi-typescript
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = createClient<paths>({ baseUrl: userProfiles, fetch: serviceFetch })

export async function profileOf(id: string): Promise<unknown> {
  const { data, error } = await profiles.GET('/profiles/{id}', { params: { path: { id } } })
  if (error) throw new Error(error.title)
  return data
}
