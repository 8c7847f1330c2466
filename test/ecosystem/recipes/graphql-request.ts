import { GraphQLClient, gql } from 'graphql-request'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = new GraphQLClient(`${userProfiles}/graphql`, { fetch: serviceFetch })

export function profileOf(id: string): Promise<{ profile: unknown }> {
  return profiles.request(gql`query ($id: ID!) { profile(id: $id) { id asked audience } }`, { id })
}
