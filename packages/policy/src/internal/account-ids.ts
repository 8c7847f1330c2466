/**
 * What Google asks of an account's id, the part of its email in front of the `@`.
 *
 * @see https://cloud.google.com/iam/docs/service-accounts-create#creating
 */
export const accountIdHint = "an account's id has 6 to 30 characters"

const impossible = /^([a-z0-9._-]{1,5}|[a-z0-9._-]{31,})@[a-z0-9.-]+\.iam\.gserviceaccount\.com$/

/**
 * Whether a service account of this email can exist. Only the emails of accounts that people create
 * are held to a length: Google names its own, such as `PROJECT@appspot.gserviceaccount.com`.
 */
export function canExist(email: string): boolean {
  return !impossible.test(email)
}
