import { createReceiver, googleKeys, type ReceiverOptions } from '@countersign/receiver'
import { audience, callerEmails, type Issuer } from '../../tokens/issuer.ts'
import { keyEndpoint } from '../../tokens/key-endpoint.ts'
import type { Contender } from '../contender.ts'

/** Ours, with its defaults; log entries are made and dropped, instead of written to this table. */
export function countersign(issuer: Issuer): Contender {
  return contender(issuer, { log: () => {} })
}

/** Ours, with its defaults: for a process whose stdout is nobody's table. */
export function countersignLogging(issuer: Issuer): Contender {
  return contender(issuer, {})
}

/** Ours, with so many routes for which no caller is needed. */
export function countersignOpen(issuer: Issuer, routes: number): Contender {
  const unauthenticated = Array.from({ length: routes }, (_, index) => openRoute(index))
  return contender(issuer, { log: () => {}, unauthenticated })
}

function contender({ jwks }: Issuer, options: Partial<ReceiverOptions>): Contender {
  const endpoint = keyEndpoint(jwks)
  const receiver = createReceiver({
    allow: callerEmails,
    audience,
    keys: googleKeys({ fetch: endpoint.fetch }),
    ...options,
  })
  return {
    name: 'countersign',
    decide: async (call) => (await receiver.check(call)).allowed,
    keyFetches: endpoint.asked,
  }
}

const openRoutes = [
  '/open/:id',
  '/:tenant/open/:id',
  '/*path/open',
  '/:name-:size.open',
  '/open{/:id}',
]

/** Some begin with a parameter, which any path fits at first. */
function openRoute(index: number): string {
  return `GET ${(openRoutes[index % openRoutes.length] as string).replace('open', `open${index}`)}`
}
