import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'
import { Profiles } from './api/profiles-service.ts' // from protoc-gen-es
import { serviceFetch, userProfiles } from './service-fetch.ts'

const transport = createConnectTransport({ baseUrl: userProfiles, fetch: serviceFetch })

export const profiles = createClient(Profiles, transport)
