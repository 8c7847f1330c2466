import type { DenialCode } from '@countersign/receiver'
import type { ClaimsDraft, Workshop } from './workshop.ts'

const hour = 3600
const day = 24 * hour

/** Tokens that are too old, not yet valid, or valid for too long. */
export function timeClaims({ now }: Workshop): ClaimsDraft[] {
  return [...outOfTime(now), ...tooLong(now), ...noNumbers(now)]
}

function outOfTime(now: number): ClaimsDraft[] {
  return [
    {
      name: 'expired two minutes ago',
      why: 'a leaked token must be worthless after an hour',
      code: 'token_expired',
      claims: { iat: now - hour - 120, exp: now - 120 },
    },
    {
      name: 'expired a year ago',
      why: 'old tokens can be found in logs and backups',
      code: 'token_expired',
      claims: { iat: now - 365 * day, exp: now - 365 * day + hour },
    },
    {
      name: 'exp 0',
      why: 'a check for a truthy value takes it for a token without expiry',
      code: 'token_expired',
      claims: { exp: 0 },
    },
    {
      name: 'exp negative',
      why: 'read as an unsigned number, it is a time in the far future',
      code: 'token_expired',
      claims: { exp: -1 },
    },
    {
      name: 'issued in an hour',
      why: 'a token made in advance outlives its key or its account',
      code: 'token_not_yet_valid',
      claims: { iat: now + hour, exp: now + 2 * hour },
    },
    {
      name: 'nbf in an hour',
      why: 'the token itself says that it is not valid yet (RFC 7519 section 4.1.5)',
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
    why: "Google's ID tokens live for an hour: a token that lives longer is not Google's",
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
  const why = 'a comparison with a value that is not a number is false, in both directions'
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
