/** Types only, checked by `pnpm check`: wrong options to a receiver don't compile. */
import { verifyCaller as verifyCallerInExpress } from '@countersign/express'
import { verifyCaller as verifyCallerInKoa } from '@countersign/koa'
import {
  createReceiver,
  googleKeys,
  localKeys,
  pubsubPush,
  type ReceiverOptions,
} from '@countersign/receiver'
import type { Same } from './same.ts'

const email = 'login@acme.iam.gserviceaccount.com'
const allow = [email]

createReceiver({ allow })
createReceiver({ allow: [{ email, methods: ['GET'] }, pubsubPush({ serviceAccount: email })] })
createReceiver({ allow, keys: googleKeys(), tokenCache: false, log: false })
createReceiver({ allow, policy: { digest: 'a' }, log: ({ code, severity }) => [code, severity] })

// @ts-expect-error options are required
createReceiver()
// @ts-expect-error allow is required
createReceiver({})
// @ts-expect-error allow is a list
createReceiver({ allow: email })
// @ts-expect-error an entry has an email
createReceiver({ allow: [{ subject: '1075' }] })
// @ts-expect-error an entry has no 'path'
createReceiver({ allow: [{ email, path: '/a' }] })
// @ts-expect-error methods are a list
createReceiver({ allow: [{ email, methods: 'GET' }] })
// @ts-expect-error paths are strings
createReceiver({ allow: [{ email, paths: [/a/] }] })
// @ts-expect-error a push is one of four
createReceiver({ allow: [{ email, push: 'sns' }] })
// @ts-expect-error an audience is a string, or several
createReceiver({ allow, audience: new URL('https://a.example') })
// @ts-expect-error routes are a list
createReceiver({ allow, unauthenticated: 'GET /ready' })
// @ts-expect-error a mode is one of two
createReceiver({ allow, mode: 'off' })
// @ts-expect-error the token is never read from there
createReceiver({ allow, tokenHeader: 'x-serverless-authorization' })
// @ts-expect-error it is refused or passed
createReceiver({ allow, missingToken: 'allow' })
// @ts-expect-error it is refused or passed
createReceiver({ allow, otherTokens: true })
// @ts-expect-error a key set goes through localKeys
createReceiver({ allow, keys: { keys: [] } })
// @ts-expect-error keys come from a source
createReceiver({ allow, keys: 'https://www.googleapis.com/oauth2/v3/certs' })
// @ts-expect-error seconds are a number
createReceiver({ allow, clockToleranceSeconds: '30' })
// @ts-expect-error a cache is set or turned off
createReceiver({ allow, tokenCache: true })
// @ts-expect-error a cache has no 'max'
createReceiver({ allow, tokenCache: { max: 5 } })
// @ts-expect-error a log is a function or turned off
createReceiver({ allow, log: true })
// @ts-expect-error the event has no token
createReceiver({ allow, onDecision: ({ token }) => token })
// @ts-expect-error a clock counts milliseconds
createReceiver({ allow, now: () => new Date() })
// @ts-expect-error there is no such option
createReceiver({ allow, allowAll: true })
// @ts-expect-error what answers denials belongs to the adapters
createReceiver({ allow, onDenied: () => {} })
// @ts-expect-error a key set is required
localKeys()
// @ts-expect-error who delivers is required
pubsubPush({ paths: ['/push'] })

// @ts-expect-error allow is required
verifyCallerInExpress({})
// @ts-expect-error allow is required
verifyCallerInKoa({})
// @ts-expect-error a denial can't be let through
verifyCallerInExpress({ allow, onDenied: (denial) => denial.allow() })
// @ts-expect-error a denial can't be let through
verifyCallerInKoa({ allow, onDenied: (denial) => denial.allow() })

type OptionsOf<Make extends (options: never) => unknown> = Omit<Parameters<Make>[0], 'onDenied'>

/** The adapters loosen none of them. */
export const same: Same<OptionsOf<typeof verifyCallerInExpress>, ReceiverOptions> &
  Same<OptionsOf<typeof verifyCallerInKoa>, ReceiverOptions> = true
