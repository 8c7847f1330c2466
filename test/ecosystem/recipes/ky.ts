import ky from 'ky'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = ky.create({ fetch: serviceFetch, prefix: userProfiles })

export function profileOf(id: string): Promise<unknown> {
  return profiles.get(`profiles/${id}`).json()
}
