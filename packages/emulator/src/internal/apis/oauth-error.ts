import { json } from '../http/replies.ts'
import type { Reply } from '../http/serve.ts'

/**
 * An error of the token endpoint (RFC 6749 section 5.2).
 *
 * @param error its code
 * @param description what is wrong, in Google's words
 */
export function oauthError(error: string, description: string): Reply {
  return json(400, { error, error_description: description })
}
