import { createServiceFetch, type FetchLike, type ServiceFetch } from '@countersign/caller'
import { Agent, type Dispatcher, fetch } from 'undici'
import { policy } from './service-fetch.ts'

/** Cast, since undici's types are not those of the undici that @types/node knows. */
function fetchThrough(dispatcher: Dispatcher): FetchLike {
  return ((url: string, init: object) =>
    fetch(url, { dispatcher, ...init })) as unknown as FetchLike
}

export function serviceFetchThrough(dispatcher: Dispatcher): ServiceFetch {
  return createServiceFetch({ ...policy.caller('login'), fetch: fetchThrough(dispatcher) })
}

/** At most 20 connections to each service, and 5 seconds until an answer begins. */
export const serviceFetch = serviceFetchThrough(
  new Agent({ connections: 20, headersTimeout: 5_000 }),
)
