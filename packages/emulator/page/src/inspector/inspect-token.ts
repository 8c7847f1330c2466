import { duration } from '../model/words.ts'
import { type ExplainedClaim, explainClaims, millisecondsOf } from '../parts/claims.tsx'

/** What a pasted token says. */
export interface InspectedToken {
  header: Readonly<Record<string, unknown>>
  claims: readonly ExplainedClaim[]
  /** The third segment: never shown, since with it the token could be used. */
  signature: 'present' | 'removed' | 'missing'
  /** What would have it refused, or looks wrong. */
  warnings: readonly string[]
}

/** Why a text can't be inspected. */
interface NotInspected {
  problem: string
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

/** Google's own third segment, in place of a signature. */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE'

function signatureOf(segment: string): InspectedToken['signature'] {
  if (segment === '') return 'missing'
  return segment === removedSignature ? 'removed' : 'present'
}

/** A token, taken apart. */
export interface TokenParts {
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
  signature: 'present' | 'removed' | 'missing'
}

/**
 * What would have a token refused, or looks wrong, in words.
 *
 * @param token its parts
 * @param now milliseconds since the epoch
 */
export function warningsOf(token: TokenParts, now: number): readonly string[] {
  return checks.map((check) => check(token, now)).filter((warning) => warning !== undefined)
}

/** Looks for one thing that is wrong, and says it in words. */
type Check = (token: TokenParts, now: number) => string | undefined

const googlesIssuers = ['https://accounts.google.com', 'accounts.google.com']

const checks: readonly Check[] = [
  ({ claims: { exp } }, now) => {
    const at = millisecondsOf(exp)
    if (at === undefined) return 'It has no expiry (exp), so every receiver refuses it.'
    return at <= now ? `It expired ${duration(now - at)} ago.` : undefined
  },
  ({ claims: { iat, nbf } }, now) => {
    const from = Math.max(millisecondsOf(iat) ?? 0, millisecondsOf(nbf) ?? 0)
    return from > now + 30_000
      ? `It is not valid yet: it begins in ${duration(from - now)}. Compare the clocks.`
      : undefined
  },
  ({ claims: { iat, exp } }) => {
    const lifetime = (millisecondsOf(exp) ?? 0) - (millisecondsOf(iat) ?? 0)
    return lifetime > 3_630_000
      ? 'It lives for more than an hour, which none of Google’s does.'
      : undefined
  },
  ({ claims: { aud } }) => audienceWarning(aud),
  ({ claims: { iss } }) =>
    googlesIssuers.includes(String(iss)) ? undefined : 'Its issuer (iss) is not Google.',
  ({ claims }) => emailWarning(claims),
  ({ header: { alg } }) =>
    alg === 'RS256' ? undefined : `It says alg ${JSON.stringify(alg)}; Google signs with RS256.`,
  ({ header: { kid } }) => {
    if (typeof kid !== 'string') return 'It does not say with which key it was signed (kid).'
    return kid.startsWith('emulator-')
      ? 'An emulator signed it: only a service that COUNTERSIGN_EMULATOR points to it takes it.'
      : undefined
  },
  ({ signature }) => {
    if (signature === 'removed') {
      return 'Cloud Run has taken its signature off: it is a copy out of X-Serverless-Authorization, and proves nothing. Read Authorization.'
    }
    return signature === 'missing'
      ? 'It has no signature: anybody can write such a token.'
      : undefined
  },
]

function audienceWarning(aud: unknown): string | undefined {
  if (typeof aud !== 'string') return 'Its audience (aud) must be one text.'
  if (aud.endsWith('.apps.googleusercontent.com')) {
    return 'Its audience is an OAuth client’s id, not a service: a person’s token, from gcloud say.'
  }
  if (!URL.canParse(aud)) return undefined
  const { origin, pathname } = new URL(aud)
  if (aud === `${origin}/`) {
    return 'Its audience ends with a slash. A service’s URL has none, and they are compared exactly.'
  }
  return pathname.length > 1
    ? 'Its audience has a path. A service answers to its origin, unless it lists more; pushes do send the path.'
    : undefined
}

function emailWarning(claims: TokenParts['claims']): string | undefined {
  const { email, email_verified: verified } = claims
  if (typeof email !== 'string') {
    return 'It has no email, by which receivers know a caller: ask with format=full or includeEmail.'
  }
  if (verified !== true) return 'Its email is not verified.'
  return email.endsWith('.gserviceaccount.com')
    ? undefined
    : 'Its email is no service account’s: a person’s token is refused between services.'
}
