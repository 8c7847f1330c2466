// service-fetch.ts
import { createServiceFetch } from '@countersign/caller'
import { loadPolicy } from '@countersign/policy'

export const policy = await loadPolicy(new URL('./countersign.jsonc', import.meta.url))
export const serviceFetch = createServiceFetch(policy.caller('login'))
export const userProfiles = policy.url('user-profiles')
