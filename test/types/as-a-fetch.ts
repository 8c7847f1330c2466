/** Types only, checked by `pnpm check`: a `serviceFetch` passes wherever a fetch is asked for. */
import { type ConnectTransportOptions, createConnectTransport } from '@connectrpc/connect-web'
import type { FetchLike, ServiceFetch } from '@countersign/caller'
import { GraphQLClient } from 'graphql-request'
import ky, { type Options } from 'ky'
import { type CreateFetchOptions, createFetch } from 'ofetch'
import createClient, { type ClientOptions } from 'openapi-fetch'

declare const serviceFetch: ServiceFetch

const both = [serviceFetch, serviceFetch.to('user-profiles')] as const
type Both = (typeof both)[number]

both satisfies readonly (typeof fetch)[]
both satisfies readonly FetchLike[]
both satisfies readonly NonNullable<Options['fetch']>[]
both satisfies readonly NonNullable<CreateFetchOptions['fetch']>[]
both satisfies readonly NonNullable<ClientOptions['fetch']>[]
both satisfies readonly NonNullable<ConnectTransportOptions['fetch']>[]

/** Called as users call them. */
export function clients(fetch: Both): unknown[] {
  return [
    ky.create({ fetch }),
    createFetch({ fetch }),
    createClient({ baseUrl: '/', fetch }),
    createConnectTransport({ baseUrl: '/', fetch }),
    new GraphQLClient('/', { fetch }),
  ]
}

/** What it takes and gives is what fetch takes and gives. */
export const answers: Promise<Response>[] = [
  serviceFetch('https://a.example'),
  serviceFetch(new URL('https://a.example')),
  serviceFetch(new Request('https://a.example'), { signal: AbortSignal.timeout(1) }),
  serviceFetch('https://a.example', { method: 'POST', body: new FormData(), redirect: 'manual' }),
]

// @ts-expect-error the URL is required
serviceFetch()
// @ts-expect-error a body is none of a number
serviceFetch('https://a.example', { body: 7 })
// @ts-expect-error a target's name is required
serviceFetch.to()
// @ts-expect-error the token goes into three headers only
serviceFetch.headers('https://a.example', { header: 'cookie' })
// @ts-expect-error it asks for a URL, and takes the method beside it
serviceFetch.headers(new Request('https://a.example'))
