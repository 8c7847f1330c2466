import { createFetch } from 'ofetch'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = createFetch({
  fetch: serviceFetch,
  defaults: { baseURL: userProfiles },
})

export function profileOf(id: string): Promise<unknown> {
  return profiles(`/profiles/${id}`)
}
