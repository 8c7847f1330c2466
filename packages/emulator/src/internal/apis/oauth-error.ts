import { json, type Reply } from '../../http/route.ts'

/**
 * An error of the token endpoint (RFC 6749 section 5.2).
 *
 * @param error its code
 * @param description what is wrong, in Google's words
 * @param status the HTTP status: 401 where the client isn't who it says
 */
export function oauthError(error: string, description: string, status: 400 | 401 = 400): Reply {
  return json(status, { error, error_description: description })
}

/**
 * The error for a form that lacks something.
 *
 * @param parameter its name
 */
export function missingParameter(parameter: string): Reply {
  return oauthError('invalid_request', `Required parameter is missing: ${parameter}`)
}
