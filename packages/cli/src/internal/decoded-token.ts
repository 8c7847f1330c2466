import { parsedJson } from '../command-line/options.ts'

/** What a token says of itself. Nobody has vouched for any of it. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Reads a token without checking it.
 *
 * @param token a compact JWS
 * @returns undefined where it is none
 */
export function decodedToken(token: string): DecodedToken | undefined {
  const [header, claims] = token.split('.').map(objectOf)
  return header && claims && { header, claims }
}

function objectOf(segment: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsedJson(Buffer.from(segment, 'base64url').toString())
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}
