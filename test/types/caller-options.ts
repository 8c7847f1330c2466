/** Types only, checked by `pnpm check`: wrong options to the caller don't compile. */
import {
  applicationDefault,
  createServiceFetch,
  impersonate,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { signCalls as signCallsInExpress } from '@countersign/express'
import { signCalls as signCallsInKoa } from '@countersign/koa'
import type { Same } from './same.ts'

const url = 'https://user-profiles-123.us-central1.run.app'
const targets = [url]

createServiceFetch({ targets })
createServiceFetch({ targets: [{ url, methods: ['GET'], paths: ['/a'] }], mode: 'report-only' })
createServiceFetch({ targets, fetch: globalThis.fetch, identity: applicationDefault() })
createServiceFetch({ targets, log: false })
createServiceFetch({ targets, log: ({ code, message }) => [code, message] })
createServiceFetch({ targets, log: (entry) => 'enforced' in entry && entry.suppressed })
createServiceFetch({ targets, policy: { digest: 'a', environment: 'prod' } })

// @ts-expect-error options are required
createServiceFetch()
// @ts-expect-error targets are required
createServiceFetch({})
// @ts-expect-error targets are a list
createServiceFetch({ targets: url })
// @ts-expect-error a target is a string or an object
createServiceFetch({ targets: [new URL(url)] })
// @ts-expect-error a target has a url
createServiceFetch({ targets: [{ name: 'user-profiles' }] })
// @ts-expect-error a target has no 'method'
createServiceFetch({ targets: [{ url, method: 'GET' }] })
// @ts-expect-error methods are a list
createServiceFetch({ targets: [{ url, methods: 'GET' }] })
// @ts-expect-error paths are a list
createServiceFetch({ targets: [{ url, paths: '/a' }] })
// @ts-expect-error a target has one audience
createServiceFetch({ targets: [{ url, audience: [url] }] })
// @ts-expect-error tokens go into three headers only
createServiceFetch({ targets: [{ url, headers: ['cookie'] }] })
// @ts-expect-error it is true or false
createServiceFetch({ targets: [{ url, allowInsecureHttp: 'yes' }] })
// @ts-expect-error a mode is one of two
createServiceFetch({ targets, mode: 'off' })
// @ts-expect-error an identity has a method idToken
createServiceFetch({ targets, identity: {} })
// @ts-expect-error an ID token is a promised string
createServiceFetch({ targets, identity: { idToken: () => 'token' } })
// @ts-expect-error an identity source is called first: applicationDefault()
createServiceFetch({ targets, identity: applicationDefault })
// @ts-expect-error a fetch answers with a Response
createServiceFetch({ targets, fetch: async () => 'answer' })
// @ts-expect-error a fetch is called with a string
createServiceFetch({ targets, fetch: async (input: Request) => fetch(input) })
// @ts-expect-error the event has no token
createServiceFetch({ targets, onCall: ({ token }) => token })
// @ts-expect-error the log is turned off by false, and on by leaving it out
createServiceFetch({ targets, log: true })
// @ts-expect-error the entry has no token
createServiceFetch({ targets, log: ({ token }) => token })
// @ts-expect-error a clock counts milliseconds
createServiceFetch({ targets, now: () => new Date() })
// @ts-expect-error there is no such option
createServiceFetch({ targets, audience: url })
// @ts-expect-error whom to impersonate is required
impersonate({})

// @ts-expect-error targets are required
signCallsInExpress({})
// @ts-expect-error targets are required
signCallsInKoa({})
// @ts-expect-error it is one of three
signCallsInExpress({ targets, abortOnDisconnect: true })
// @ts-expect-error it is one of three
signCallsInKoa({ targets, abortOnDisconnect: true })

type OptionsOf<Make extends (options: never) => unknown> = Omit<
  Parameters<Make>[0],
  'abortOnDisconnect'
>

/** The adapters loosen none of them. */
export const same: Same<OptionsOf<typeof signCallsInExpress>, ServiceFetchOptions> &
  Same<OptionsOf<typeof signCallsInKoa>, ServiceFetchOptions> = true
