import type { DenialCode } from '@countersign/receiver'
import type { ClaimsDraft, Workshop } from './workshop.ts'

const hour = 3600
const day = 24 * hour

/** Tokens that are too old, too young, or good for too long. */
export function timeClaims({ now }: Workshop): ClaimsDraft[] {
  return [...outOfTime(now), ...tooLong(now), ...noNumbers(now)]
}

function outOfTime(now: number): ClaimsDraft[] {
  return [
    {
      name: 'expired two minutes ago',
      why: 'a token that leaked is good for an hour, and no longer',
      code: 'token_expired',
      claims: { iat: now - hour - 120, exp: now - 120 },
    },
    {
      name: 'expired a year ago',
      why: 'old tokens lie about in logs and backups',
      code: 'token_expired',
      claims: { iat: now - 365 * day, exp: now - 365 * day + hour },
    },
    {
      name: 'exp 0',
      why: 'a check for truth takes it for no expiry at all',
      code: 'token_expired',
      claims: { exp: 0 },
    },
    {
      name: 'exp negative',
      why: 'a reader without signs takes it for a time far ahead',
      code: 'token_expired',
      claims: { exp: -1 },
    },
    {
      name: 'issued in an hour',
      why: 'a token made ahead outlives the key or the account that it was made with',
      code: 'token_not_yet_valid',
      claims: { iat: now + hour, exp: now + 2 * hour },
    },
    {
      name: 'nbf in an hour',
      why: 'it says itself that it is not valid yet (RFC 7519 section 4.1.5)',
      code: 'token_not_yet_valid',
      claims: { nbf: now + hour },
    },
  ]
}

function tooLong(now: number): ClaimsDraft[] {
  const spans = {
    'exp in a day': { exp: now + day },
    'exp in milliseconds': { exp: (now + hour) * 1000 },
    'exp huge': { exp: Number.MAX_SAFE_INTEGER },
    'iat 0': { iat: 0 },
    'iat negative': { iat: -now },
  }
  return Object.entries(spans).map(([name, claims]) => ({
    name,
    why: "Google's ID tokens live for an hour: whoever signs for longer is not Google",
    code: 'lifetime_too_long',
    claims,
  }))
}

function noNumbers(now: number): ClaimsDraft[] {
  const values: Record<string, unknown> = {
    'a text': String(now + hour),
    'a list': [now + hour],
    'an object': {},
    true: true,
    null: null,
  }
  const code: DenialCode = 'claim_invalid'
  const why = 'a comparison with what is no number is false, either way round'
  return [
    ...['exp', 'iat'].map((claim) => {
      return { name: `${claim} missing`, why, code, claims: { [claim]: undefined } }
    }),
    ...['exp', 'iat', 'nbf'].flatMap((claim) =>
      Object.entries(values).map(([what, value]) => {
        return { name: `${claim} ${what}`, why, code, claims: { [claim]: value } }
      }),
    ),
  ]
}
