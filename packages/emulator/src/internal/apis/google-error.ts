import { json, type Reply } from '../../http/route.ts'

const codes = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
} as const

/** The name of an error of Google's. */
export type GoogleErrorStatus = keyof typeof codes

/**
 * An error in the shape of Google's JSON APIs (https://cloud.google.com/apis/design/errors).
 *
 * @param status its name
 * @param message what is wrong
 */
export function googleError(status: GoogleErrorStatus, message: string): Reply {
  const code = codes[status]
  return json(code, { error: { code, message, status } })
}
