import { isError } from '@countersign/shared/errors'

/**
 * What may hold a secret: anything that begins as a JWT does, Google's access and refresh tokens and
 * client secrets, and any run of characters too long for a name, percent-encoded or not. Hosts and
 * emails are cut by their dots, and stay.
 */
const secrets =
  /eyJ[\w-]+(?:\.[\w-]*)*|ya29\.[\w.-]+|1(?:\/\/|%2F%2F)[\w-]+|GOCSPX-[\w-]+|-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)|[\w+/=%-]{48,}/g

/** How much of a text that others wrote is worth showing. */
const maxLength = 300

/** A text that others wrote, without what may be a secret. */
export function redact(text: string): string {
  return text.slice(0, 10_000).replace(secrets, '[redacted]').slice(0, maxLength)
}

/**
 * The path of a URL, without what may be a secret: whoever redirects chooses where to, and may name
 * the token that was just sent there. Segment by segment, so that a long path stays.
 */
export function redactedPath(path: string): string {
  return path.split('/').map(redact).join('/')
}

/**
 * An error as a cause that can be logged: its name, code and message, and those of its own causes.
 * HTTP clients hang requests and responses on their errors, tokens included, and a logger prints all
 * of it.
 *
 * @param error what was thrown
 * @param textOf what may be told of an error's message
 * @param depth how many causes deep to go
 */
export function redactedCause(
  error: unknown,
  textOf = ({ message }: Error): string => redact(message),
  depth = 4,
): unknown {
  if (typeof error === 'string') return textOf(new Error(error))
  if (!isError(error)) return undefined
  const more = depth > 0 && error.cause !== undefined
  const copy = new Error(
    textOf(error),
    more ? { cause: redactedCause(error.cause, textOf, depth - 1) } : {},
  )
  copy.name = error.name
  copy.stack = `${error.name}: ${copy.message}`
  return 'code' in error ? Object.assign(copy, { code: codeOf(error.code) }) : copy
}

function codeOf(code: unknown): unknown {
  return typeof code === 'string' ? redact(code) : typeof code === 'number' ? code : undefined
}
