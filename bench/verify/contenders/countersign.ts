import { createReceiver, googleKeys } from '@countersign/receiver'
import { audience, callerEmail, type Issuer } from '../../tokens/issuer.ts'
import { keyEndpoint } from '../../tokens/key-endpoint.ts'
import type { Contender } from '../contender.ts'

/** Ours, with its defaults; log entries are made and dropped, instead of written to this table. */
export function countersign({ jwks }: Issuer): Contender {
  const endpoint = keyEndpoint(jwks)
  const receiver = createReceiver({
    allow: [callerEmail],
    audience,
    keys: googleKeys({ fetch: endpoint.fetch }),
    log: () => {},
  })
  return {
    name: 'countersign',
    decide: async (call) => (await receiver.check(call)).allowed,
    keyFetches: endpoint.asked,
  }
}
