import { IdTokenError } from '../errors.ts'

/** A JSON object that nobody has looked at yet. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Parses a JSON object; undefined where the text is none. The parser's own error would quote the
 * text, which may hold a key or a token.
 */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The access token of a token endpoint's answer (RFC 6749 section 5.1).
 *
 * @throws {@link IdTokenError} `token_rejected`
 */
export function readAccessToken(text: string): string {
  const token = parseObject(text)?.access_token
  if (typeof token === 'string' && token !== '') return token
  throw new IdTokenError('token_rejected', 'The answer holds no access token', {
    hint: 'Check what answers as the token endpoint.',
  })
}
