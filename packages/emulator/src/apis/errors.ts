import { json, type Reply } from '../http/route.ts'

/**
 * An error of the token endpoint (RFC 6749 section 5.2).
 *
 * @param description what is wrong, in Google's words
 * @param status the HTTP status: 401 if the client's identity is wrong
 */
export function oauthError(error: string, description: string, status: 400 | 401 = 400): Reply {
  return json(status, { error, error_description: description })
}

/** The error for a form without a required parameter. */
export function missingParameter(parameter: string): Reply {
  return oauthError('invalid_request', `Required parameter is missing: ${parameter}`)
}

const codes = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
} as const

/** The name of an error in Google's APIs. */
export type GoogleErrorStatus = keyof typeof codes

/** An error in the shape of Google's JSON APIs (https://cloud.google.com/apis/design/errors). */
export function googleError(status: GoogleErrorStatus, message: string): Reply {
  const code = codes[status]
  return json(code, { error: { code, message, status } })
}
