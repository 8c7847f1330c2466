import type { Denial, DenialCode } from '../decision.ts'

interface DenialText {
  status: Denial['status']
  title: string
  detail: string
}

const unauthenticated = 401
const forbidden = 403
const unavailable = 503

/**
 * The status and the texts of each code. They are sent to the caller, so they contain no value from a token
 * or the configuration: the expected value is only in events and logs.
 */
const denialTexts: Readonly<Record<DenialCode, DenialText>> = {
  token_missing: {
    status: unauthenticated,
    title: 'No token',
    detail:
      'The call carries no bearer token. Send a Google-signed ID token for this service in the Authorization header.',
  },
  token_ambiguous: {
    status: 400,
    title: 'More than one token',
    detail: 'The header that carries the token was sent twice, or has two values. Send one.',
  },
  token_malformed: {
    status: unauthenticated,
    title: 'Not an ID token',
    detail:
      'The bearer token is not a compact JWS of JSON objects within the size limit. An access token is not an ID token.',
  },
  algorithm_not_allowed: {
    status: unauthenticated,
    title: 'Algorithm not allowed',
    detail:
      'Google signs ID tokens with RS256 and no critical extensions; this token asks for something else.',
  },
  key_unknown: {
    status: unauthenticated,
    title: 'Unknown key',
    detail: 'The token was signed with a key that is not, or no longer, one of the signing keys.',
  },
  signature_removed: {
    status: unauthenticated,
    title: 'Signature removed',
    detail:
      'Google removed the signature, as it does from X-Serverless-Authorization. Send the same token in Authorization too, which arrives whole.',
  },
  signature_invalid: {
    status: unauthenticated,
    title: 'Invalid signature',
    detail: 'The signature does not belong to this token.',
  },
  issuer_mismatch: {
    status: unauthenticated,
    title: 'Wrong issuer',
    detail: 'The token does not name Google as its issuer.',
  },
  audience_mismatch: {
    status: unauthenticated,
    title: 'Wrong audience',
    detail:
      "The token is for another service. Ask for one whose audience is exactly this service's URL, without a slash at the end.",
  },
  token_expired: {
    status: unauthenticated,
    title: 'Expired',
    detail: 'The token has expired. Get a new one; if it is new, compare the clocks.',
  },
  token_not_yet_valid: {
    status: unauthenticated,
    title: 'Not valid yet',
    detail: 'The token is from the future. Compare the clocks.',
  },
  lifetime_too_long: {
    status: unauthenticated,
    title: 'Lifetime too long',
    detail: 'The token lives longer than the hour that Google gives ID tokens.',
  },
  claim_invalid: {
    status: unauthenticated,
    title: 'Invalid claim',
    detail: 'A claim that every Google ID token has is missing or of the wrong type.',
  },
  email_missing: {
    status: forbidden,
    title: 'No email',
    detail:
      'The token has no email. Request it with format=full from the metadata server, with includeEmail from generateIdToken.',
  },
  email_unverified: {
    status: forbidden,
    title: 'Email not verified',
    detail: 'Google has not verified the email in the token.',
  },
  not_a_service_account: {
    status: forbidden,
    title: 'Not a service account',
    detail: "The token is not a service account's. Impersonate one to call this service.",
  },
  caller_not_allowed: {
    status: forbidden,
    title: 'Caller not allowed',
    detail:
      "The caller is genuine, but not on this service's list. Add its service account to allow, or to the policy.",
  },
  subject_mismatch: {
    status: forbidden,
    title: 'Account was re-created',
    detail:
      'The email is on the list, but with another unique id: the account was deleted and created again.',
  },
  operation_not_allowed: {
    status: forbidden,
    title: 'Operation not allowed',
    detail: 'The caller is on the list, but not for this method and path.',
  },
  keys_unavailable: {
    status: unavailable,
    title: 'No keys',
    detail: 'The signing keys could not be fetched, so no token can be verified. Try again later.',
  },
  audience_unavailable: {
    status: unavailable,
    title: 'No audience',
    detail:
      'This service does not know its own audience yet. Try again later; if that lasts, set audience or COUNTERSIGN_AUDIENCE there.',
  },
}

const retryAfterSeconds = '5'

/** Creates the denial for a code, with its headers. */
export function denialOf(code: DenialCode): Denial {
  const { status, detail } = denialTexts[code]
  return { status, code, detail, headers: headersOf(code, status, detail) }
}

/** The short, human-readable name of a code. */
export function titleOf(code: DenialCode): string {
  return denialTexts[code].title
}

function headersOf(
  code: DenialCode,
  status: Denial['status'],
  detail: string,
): Record<string, string> {
  const headers = { 'countersign-code': code }
  if (status === unavailable) return { ...headers, 'retry-after': retryAfterSeconds }
  return { ...headers, 'www-authenticate': challengeOf(code, status, detail) }
}

/** RFC 6750 section 3. Without a token the challenge has no error code (section 3.1). */
function challengeOf(code: DenialCode, status: Denial['status'], detail: string): string {
  const challenge = 'Bearer realm="countersign"'
  if (code === 'token_missing') return challenge
  return `${challenge}, error="${bearerErrors[status]}", error_description="${code}: ${detail}"`
}

const bearerErrors: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
}
