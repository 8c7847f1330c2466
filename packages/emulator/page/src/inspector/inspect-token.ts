import { duration } from '../model/words.ts'
import { type ExplainedClaim, explainClaims, millisecondsOf } from '../parts/claims.tsx'

/** The decoded content of a pasted token. */
export interface InspectedToken {
  header: Readonly<Record<string, unknown>>
  claims: readonly ExplainedClaim[]
  /** Only the state of the third segment. It is never shown: with it the token could be used. */
  signature: 'present' | 'removed' | 'missing'
  /** Reasons for a refusal, and other things that look wrong. */
  warnings: readonly string[]
}

/** Why a text can't be inspected. */
interface NotInspected {
  problem: string
}

/**
 * Decodes a pasted ID token, with or without `Bearer` and line breaks. Does not check the
 * signature.
 *
 * @param now milliseconds since the epoch
 */
export function inspectToken(pasted: string, now: number): InspectedToken | NotInspected {
  const token = pasted.replace(/^\s*(authorization:)?\s*bearer\s+/i, '').replaceAll(/\s/g, '')
  const problem = problemOf(token)
  if (problem) return { problem }
  const [first = '', second = '', third = ''] = token.split('.')
  const header = objectOf(first)
  const claims = objectOf(second)
  if (!header) return { problem: 'The first part of the token, its header, is not a JSON object.' }
  if (!claims) return { problem: 'The second part of the token, its claims, is not a JSON object.' }
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
    return 'This is an access token, which is opaque and only for Google’s APIs: for calls between services, request an ID token.'
  }
  const parts = token.split('.').length
  if (parts === 5) return 'This is an encrypted token (JWE): only its receiver can read it.'
  if (parts !== 3) return `A token has three parts, separated by dots, but this text has ${parts}.`
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

/** Google's third segment instead of a signature. */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE'

function signatureOf(segment: string): InspectedToken['signature'] {
  if (segment === '') return 'missing'
  return segment === removedSignature ? 'removed' : 'present'
}

/** A decoded token. */
export interface TokenParts {
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
  signature: 'present' | 'removed' | 'missing'
}

/**
 * Returns the reasons for which a receiver refuses a token, and other things that look wrong.
 *
 * @param now milliseconds since the epoch
 */
export function warningsOf(token: TokenParts, now: number): readonly string[] {
  return checks.map((check) => check(token, now)).filter((warning) => warning !== undefined)
}

/** Returns a warning if the token has one particular problem. */
type Check = (token: TokenParts, now: number) => string | undefined

const googlesIssuers = ['https://accounts.google.com', 'accounts.google.com']

const checks: readonly Check[] = [
  ({ claims: { exp } }, now) => {
    const at = millisecondsOf(exp)
    if (at === undefined) return 'The token has no expiry (exp), so every receiver refuses it.'
    return at <= now ? `The token expired ${duration(now - at)} ago.` : undefined
  },
  ({ claims: { iat, nbf } }, now) => {
    const from = Math.max(millisecondsOf(iat) ?? 0, millisecondsOf(nbf) ?? 0)
    return from > now + 30_000
      ? `The token is not valid yet: it becomes valid in ${duration(from - now)}. Compare the clocks.`
      : undefined
  },
  ({ claims: { iat, exp } }) => {
    const lifetime = (millisecondsOf(exp) ?? 0) - (millisecondsOf(iat) ?? 0)
    return lifetime > 3_630_000
      ? 'The token is valid for more than an hour; Google never issues such a token.'
      : undefined
  },
  ({ claims: { aud } }) => audienceWarning(aud),
  ({ claims: { iss } }) =>
    googlesIssuers.includes(String(iss)) ? undefined : 'The issuer (iss) is not Google.',
  ({ claims }) => emailWarning(claims),
  ({ header: { alg } }) =>
    alg === 'RS256'
      ? undefined
      : `The algorithm (alg) is ${JSON.stringify(alg)}; Google signs with RS256.`,
  ({ header: { kid } }) => {
    if (typeof kid !== 'string') return 'The token does not name its signing key (kid).'
    return kid.startsWith('emulator-')
      ? 'An emulator signed the token: only services whose COUNTERSIGN_EMULATOR names that emulator accept it.'
      : undefined
  },
  ({ signature }) => {
    if (signature === 'removed') {
      return 'Cloud Run removed the signature: this copy is from X-Serverless-Authorization, and proves nothing. Read the token in Authorization.'
    }
    return signature === 'missing'
      ? 'The token has no signature: anybody can create such a token.'
      : undefined
  },
]

function audienceWarning(aud: unknown): string | undefined {
  if (typeof aud !== 'string') return 'The audience (aud) must be a single string.'
  if (aud.endsWith('.apps.googleusercontent.com')) {
    return 'The audience is an OAuth client ID, not a service: this is a person’s token, for example from gcloud.'
  }
  if (!URL.canParse(aud)) return undefined
  const { origin, pathname } = new URL(aud)
  if (aud === `${origin}/`) {
    return 'The audience ends with a slash. The URL of a service has no trailing slash, and audiences are compared exactly.'
  }
  return pathname.length > 1
    ? 'The audience has a path. A service accepts only its origin, unless it lists other audiences; pushes do send the path.'
    : undefined
}

function emailWarning(claims: TokenParts['claims']): string | undefined {
  const { email, email_verified: verified } = claims
  if (typeof email !== 'string') {
    return 'The token has no email, by which receivers identify callers: request it with format=full or includeEmail.'
  }
  if (verified !== true) return 'The email is not verified.'
  return email.endsWith('.gserviceaccount.com')
    ? undefined
    : 'The email is not of a service account: services refuse the token of a person.'
}
