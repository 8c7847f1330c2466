import { type ExplainedClaim, explainClaims } from '../parts/claims.tsx'
import { warningsOf } from './token-warnings.ts'

/** Google's own third segment, in place of a signature. */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE'

/** What a pasted token says. */
export interface InspectedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: readonly ExplainedClaim[]
  /** The third segment: never shown, since with it the token could be used. */
  readonly signature: 'present' | 'removed' | 'missing'
  /** What would have it refused, or looks wrong. */
  readonly warnings: readonly string[]
}

/** Why a text can't be inspected. */
export interface NotInspected {
  readonly problem: string
}

/**
 * Reads an ID token, as pasted: with `Bearer` and line breaks, or without. Checks no signature.
 *
 * @param pasted the text
 * @param now milliseconds since the epoch
 */
export function inspectToken(pasted: string, now: number): InspectedToken | NotInspected {
  const token = pasted.replace(/^\s*(authorization:)?\s*bearer\s+/i, '').replaceAll(/\s/g, '')
  const problem = problemOf(token)
  if (problem) return { problem }
  const [first = '', second = '', third = ''] = token.split('.')
  const header = objectOf(first)
  const claims = objectOf(second)
  if (!header) return { problem: 'The first of its three parts is no JSON object.' }
  if (!claims) return { problem: 'The second of its three parts, the claims, is no JSON object.' }
  const signature = signatureOf(third)
  return {
    header,
    claims: explainClaims(claims, now),
    signature,
    warnings: warningsOf({ header, claims, signature }, now),
  }
}

function problemOf(token: string): string | undefined {
  if (token.startsWith('ya29.')) {
    return 'This is an access token: opaque, for Google’s APIs. Between services ask for an ID token.'
  }
  const parts = token.split('.').length
  if (parts === 5) return 'This is an encrypted token (JWE): nobody but its receiver can read it.'
  if (parts !== 3) return `A token has three parts with dots between; this has ${parts}.`
  return undefined
}

function signatureOf(segment: string): InspectedToken['signature'] {
  if (segment === '') return 'missing'
  return segment === removedSignature ? 'removed' : 'present'
}

function objectOf(segment: string): Record<string, unknown> | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64Of(segment)), (char) => char.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function base64Of(segment: string): string {
  return segment.replaceAll('-', '+').replaceAll('_', '/')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
