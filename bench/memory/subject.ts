import { createReceiver, googleKeys } from '@countersign/receiver'
import { createVerifier } from 'fast-jwt'
import { incomingCall, tokenOf } from '../tokens/incoming-call.ts'
import { audience, callerEmails, googleIssuer, type Issuer } from '../tokens/issuer.ts'
import { keyEndpoint } from '../tokens/key-endpoint.ts'

/** Whose memory is looked at. */
export interface Subject {
  decide(token: string): Promise<boolean>
  /** Whether its last decision came from its cache. */
  wasRemembered(): boolean
}

export const subjects: Readonly<Record<string, (issuer: Issuer) => Subject>> = {
  'countersign, 1,000 entries': (issuer) => countersign(issuer, 1000),
  'countersign, 100,000 entries': (issuer) => countersign(issuer, 100_000),
  'fast-jwt, 100,000 entries': fastJwt,
}

function countersign({ jwks }: Issuer, maxEntries: number): Subject {
  let remembered = false
  const receiver = createReceiver({
    allow: callerEmails,
    audience,
    keys: googleKeys({ fetch: keyEndpoint(jwks).fetch }),
    tokenCache: { maxEntries },
    log: () => {},
    onDecision({ cached }) {
      remembered = cached
    },
  })
  return {
    decide: async (token) => (await receiver.check(incomingCall(token))).allowed,
    wasRemembered: () => remembered,
  }
}

/** Its cache hands out the very object that it handed out before. */
function fastJwt({ publicKey }: Issuer): Subject {
  const before = new WeakSet<object>()
  let remembered = false
  const verify = createVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    algorithms: ['RS256'],
    allowedAud: audience,
    allowedIss: googleIssuer,
    cache: 100_000,
  })
  return {
    async decide(token) {
      try {
        const claims = verify(tokenOf(incomingCall(token))) as object
        remembered = before.has(claims)
        before.add(claims)
        return true
      } catch {
        return false
      }
    },
    wasRemembered: () => remembered,
  }
}
