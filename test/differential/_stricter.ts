import type { JWTVerifyResult } from 'jose'
import type { World } from './_world.ts'

/** A token that jose accepts, with what jose read in it. */
interface AcceptedByJose extends Pick<JWTVerifyResult, 'payload' | 'protectedHeader'> {
  token: string
  world: World
}

/** Why we refuse what jose accepts, and whether a token has that reason. */
export interface StricterRule {
  why: string
  explains(accepted: AcceptedByJose): boolean
}

/**
 * Every code with which a token may be refused that jose accepts. A refusal that its rule doesn't
 * explain is a defect, right by chance at best, and so is an acceptance in spite of a rule.
 */
export const stricterRules: Readonly<Record<string, StricterRule>> = {
  token_malformed: {
    why: 'over 8 KB, over 128 members or escapes, or 32 objects or lists (16 and 8 in the header), a byte order mark, or base64url that is not canonical (padding, white space, stray bits)',
    explains: ({ token }) =>
      token.length > 8192 ||
      isElaborate(token) ||
      !isCanonical(token.replace(/^ +/, '')) ||
      hasByteOrderMark(token),
  },
  algorithm_not_allowed: {
    why: 'crit, b64 or zip, whatever they say: Google sends none',
    explains: ({ protectedHeader }) =>
      ['crit', 'b64', 'zip'].some((name) => name in protectedHeader),
  },
  key_unknown: {
    why: 'no kid, or one of a key with an exponent other than 65537',
    explains: ({ protectedHeader: { kid } }) => kid === undefined || kid === 'exponent-3',
  },
  audience_mismatch: {
    why: 'aud is an array: Google sends a text',
    explains: ({ payload }) => Array.isArray(payload.aud),
  },
  token_not_yet_valid: {
    why: 'iat is in the future',
    explains: ({ payload, world }) => (payload.iat as number) > world.now + 30,
  },
  lifetime_too_long: {
    why: 'more than an hour from iat to exp',
    explains: ({ payload }) => (payload.exp as number) - (payload.iat as number) > 3630,
  },
  claim_invalid: {
    why: 'a time that is not finite, or a sub or email that is no text',
    explains: ({ payload }) =>
      [payload.exp, payload.iat, payload.nbf ?? 0].some((time) => !Number.isFinite(time)) ||
      [payload.sub, payload.email].some((text) => typeof text !== 'string' || text === ''),
  },
  email_missing: {
    why: 'no email, so nobody that an allow-list could name',
    explains: ({ payload }) => payload.email === undefined,
  },
  email_unverified: {
    why: 'email_verified is not true',
    explains: ({ payload }) => payload.email_verified !== true,
  },
  not_a_service_account: {
    why: "a human's email, or one that only looks like a service account's",
    explains: ({ payload }) => !isServiceAccount(payload.email),
  },
  caller_not_allowed: {
    why: 'a service account that is not on the list',
    explains: ({ payload, world }) =>
      isServiceAccount(payload.email) && !world.emails.includes(payload.email),
  },
}

function isServiceAccount(email: unknown): email is string {
  return typeof email === 'string' && /^[^@]+@[^@]*\.gserviceaccount\.com$/s.test(email)
}

function isElaborate(token: string): boolean {
  const [header = '', claims = ''] = token
    .split('.')
    .map((segment) => Buffer.from(segment, 'base64url').toString())
  return exceeds(header, { nested: 8, parts: 16 }) || exceeds(claims, { nested: 32, parts: 128 })
}

function exceeds(text: string, { nested, parts }: { nested: number; parts: number }): boolean {
  const count = (letter: string) => text.split(letter).length - 1
  const mostNested = Math.max(count('{'), count('['))
  const mostParts = Math.max(count(','), count('\\'))
  return mostNested > nested || mostParts > parts
}

function isCanonical(token: string): boolean {
  const segments = token.split('.')
  return segments.every((text) => Buffer.from(text, 'base64url').toString('base64url') === text)
}

function hasByteOrderMark(token: string): boolean {
  const starts = token.split('.').map((text) => Buffer.from(text, 'base64url').subarray(0, 3))
  return starts.slice(0, 2).some((start) => start.toString('hex') === 'efbbbf')
}
