import type { JWTPayload } from 'jose'
import { emulatorClientId } from '../../google/credentials.ts'
import type { Verification } from '../../google/issuer.ts'

/**
 * Whom people's ID tokens are for: the client of `gcloud auth login`, that of `gcloud auth
 * application-default login`, and that of `Emulator.userCredentials`. Cloud Run takes them for any
 * service (https://github.com/googleapis/google-auth-library-java/pull/469).
 */
export const gcloudClients: readonly string[] = [
  '32555940559.apps.googleusercontent.com',
  '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  emulatorClientId,
]

/**
 * Whether a token was refused for its audience alone, and is a person's that gcloud has got.
 *
 * @param claims of the token
 * @param verification for the service's own audiences
 */
export function isFromGcloud({ aud, email }: JWTPayload, verification: Verification): boolean {
  if (verification.isValid || verification.claim !== 'aud') return false
  const isServiceAccount = String(email).endsWith('.gserviceaccount.com')
  return !isServiceAccount && gcloudClients.includes(String(aud))
}
