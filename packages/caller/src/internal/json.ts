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
 * The token in an answer.
 *
 * @param answer what an endpoint answered
 * @param field where the token should be
 * @throws {@link IdTokenError} `token_rejected` where there is none
 */
export function tokenIn(answer: Json | undefined, field: string): string {
  const token = answer?.[field]
  if (typeof token === 'string' && token !== '') return token
  throw new IdTokenError('token_rejected', `The answer holds no ${field}`, {
    hint: 'Check what answers as the token endpoint.',
  })
}
