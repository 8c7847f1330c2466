import { OAuth2Client } from 'google-auth-library'
import { certificatesOf } from '../../tokens/certificates.ts'
import { tokenOf } from '../../tokens/incoming-call.ts'
import { audience, type Issuer } from '../../tokens/issuer.ts'
import { keyEndpoint } from '../../tokens/key-endpoint.ts'
import { type Contender, holds } from '../contender.ts'

/** Google's own sample: `verifyIdToken`, with certificates such as its endpoint has. */
export function googleAuthLibrary(issuer: Issuer): Contender {
  const endpoint = keyEndpoint(certificatesOf(issuer))
  const client = new OAuth2Client({
    transporterOptions: { fetchImplementation: endpoint.fetch },
  })
  return {
    name: 'google-auth-library',
    decide: (call) => holds(client.verifyIdToken({ idToken: tokenOf(call), audience })),
    keyFetches: endpoint.asked,
  }
}
