/** What Google writes over the signature: 27 characters, and no proof of anything. */
const removed = 'SIGNATURE_REMOVED_BY_GOOGLE'

/**
 * The value of `X-Serverless-Authorization` as the container gets it: the token without its
 * signature, so that the service can't send it on. On public services too, where nobody has looked
 * at it. What isn't a JWT stays as it is.
 *
 * @param value the header's value
 */
export function withoutSignature(value: string): string {
  const segments = value.split('.')
  return segments.length === 3 ? [...segments.slice(0, 2), removed].join('.') : value
}
