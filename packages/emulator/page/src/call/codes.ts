import type { AudienceTolerance, FrontDoorRefusal } from '@countersign/emulator'
import type { DenialCode } from '@countersign/receiver'

/** Meaning of a code, and what to do about it. */
export interface CodeHelp {
  means: string
  todo: string
}

const signing = 'Call through serviceFetch, or send an ID token in the Authorization header.'
const forged = 'Google does not issue such tokens. Find out who created this one.'

/** Refusals of the front door, which stands for Cloud Run's IAM. */
const frontDoorCodes: Record<FrontDoorRefusal, CodeHelp> = {
  token_missing: { means: 'The service is not public, and the call has no token.', todo: signing },
  token_invalid: {
    means: 'IAM does not accept the token as a valid ID token for this service.',
    todo: 'See below which claim is wrong: usually the audience, or the token has expired.',
  },
  not_invoker: {
    means: 'The token is valid, but its account is not allowed to invoke this service.',
    todo: 'If the call is intended, declare it in the policy: the IAM grants are derived from it.',
  },
  ingress_refused: {
    means: 'The ingress settings of the service admit no calls from outside.',
    todo: 'If the call is intended, set its ingress to all: gcloud run services update SERVICE --ingress=all.',
  },
  iap_refused: {
    means: 'Identity-Aware Proxy answers in the place of the service.',
    todo: 'Turn it off with gcloud run services update SERVICE --no-iap, or call the service as a person who has access.',
  },
  app_unreachable: {
    means: 'Nobody listens there, or what listens does not answer in HTTP.',
    todo: 'Start the service with npx countersign dev, and let it listen on process.env.PORT. If you start it yourself, give it the environment that npx countersign env prints.',
  },
  host_refused: {
    means: 'The Host header names neither this machine nor this service.',
    todo: 'Use the front door’s own URL. Possibly a page of another site sent this request.',
  },
}

/** Why IAM refuses a token, by the claim that is wrong. */
const claimHelp: Record<string, CodeHelp | undefined> = {
  aud: {
    means: 'The token was issued for another audience.',
    todo: 'Check whether the audience has a path or is another URL of the service. verifyCaller also refuses a trailing slash.',
  },
  exp: {
    means: 'The token has expired.',
    todo: 'Get a new token. If the token is new, compare the clocks.',
  },
  iat: { means: 'The token was issued in the future.', todo: 'Compare the clocks.' },
  iss: {
    means: 'The token is not issued by Google.',
    todo: 'Send an ID token that Google issued.',
  },
  alg: { means: 'The token is not signed with RS256.', todo: forged },
  signature: { means: 'The signature is invalid.', todo: forged },
  kid: {
    means: 'The key ID (kid) of the token is not in the key set.',
    todo: 'The emulator was restarted since, or another issuer signed the token: get a new token.',
  },
}

/** Denials of the receiver, in the service itself. */
const receiverCodes: Record<DenialCode, CodeHelp> = {
  token_missing: { means: 'No bearer token reached the service.', todo: signing },
  token_ambiguous: {
    means: 'The call has more than one token, in two headers or in one.',
    todo: 'Send exactly one Authorization header.',
  },
  token_malformed: {
    means: 'The bearer token is not an ID token.',
    todo: 'An access token (ya29.…) is not an ID token: request an ID token.',
  },
  algorithm_not_allowed: { means: 'The token is not signed with RS256.', todo: forged },
  key_unknown: {
    means: 'The key ID (kid) of the token is not in the key set.',
    todo: 'The key was rotated out, or does not belong to Google. Check that the service runs with COUNTERSIGN_EMULATOR.',
  },
  signature_removed: {
    means: 'The front door removed the signature of this token.',
    todo: 'Send the token in Authorization too: that header keeps its signature. serviceFetch sends both.',
  },
  signature_invalid: { means: 'The signature is invalid.', todo: forged },
  issuer_mismatch: {
    means: 'The token is not issued by Google.',
    todo: 'If it is an end user’s token, see the options tokenHeader and otherTokens.',
  },
  audience_mismatch: {
    means: 'The token was issued for another audience.',
    todo: 'Check whether the audience has a path or is another URL of the service. verifyCaller also refuses a trailing slash.',
  },
  token_expired: {
    means: 'By the clock of the service, the token has expired.',
    todo: 'Get a new token. If the token is new, compare the clocks.',
  },
  token_not_yet_valid: {
    means: 'By the clock of the service, the token is not valid yet.',
    todo: 'Compare the clocks.',
  },
  lifetime_too_long: { means: 'The token is valid for more than an hour.', todo: forged },
  claim_invalid: { means: 'A claim is missing or of the wrong type.', todo: forged },
  email_missing: {
    means: 'The token has no email.',
    todo: 'Request the token with format=full (metadata server) or includeEmail (IAM Credentials).',
  },
  email_unverified: {
    means: 'The email of the token is not verified.',
    todo: 'Call as a service account.',
  },
  not_a_service_account: {
    means: 'The token belongs to a person, not to a service account.',
    todo: 'Impersonate a service account, for example with gcloud --impersonate-service-account.',
  },
  caller_not_allowed: {
    means: 'The token is valid, but its account is not in the allow-list of this service.',
    todo: 'Declare the call in the policy, or add the account to allow.',
  },
  subject_mismatch: {
    means: 'The account has the expected email, but its unique ID is not the pinned one.',
    todo: 'The account was re-created. If this was intended, pin the new subject.',
  },
  operation_not_allowed: {
    means: 'The caller is in the allow-list, but not for this method and path.',
    todo: 'Add the operation to the caller’s entry in the policy.',
  },
  keys_unavailable: {
    means: 'The service has no keys to verify tokens with.',
    todo: 'Check that the service can reach the key endpoint; see receiver.health().',
  },
  audience_unavailable: {
    means: 'The service does not know its own audience yet.',
    todo: 'Set COUNTERSIGN_AUDIENCE, or try again.',
  },
}

/** Help for calls that nobody refused and the service did not answer. */
export const helpForStopper: Readonly<Record<'drill' | 'caller', CodeHelp>> = {
  drill: {
    means: 'A drill caused this on purpose.',
    todo: 'End the drill in the Drills view, if it is still active.',
  },
  caller: {
    means: 'The caller stopped waiting, or was stopped itself.',
    todo: 'Compare the time-out of the caller with the response time of the service.',
  },
}

/** Help for a call that the policy declares, but the allow policy does not let in. */
export const helpForRevoked: CodeHelp = {
  means: frontDoorCodes.not_invoker.means,
  todo: 'The policy declares the call, but its grant did not count at that time: grant it again.',
}

/** Returns the help for a token that the front door refused because of this claim. */
export function helpForClaim(claim: string): CodeHelp | undefined {
  return Object.hasOwn(claimHelp, claim) ? claimHelp[claim] : undefined
}

/** Returns the help for a refusal of a front door or a receiver, which share some codes. */
export function helpFor(
  code: string,
  refusedBy: 'front-door' | 'receiver' | 'application',
): CodeHelp | undefined {
  const table: Record<string, CodeHelp> =
    refusedBy === 'front-door' ? frontDoorCodes : receiverCodes
  return Object.hasOwn(table, code) ? table[code] : undefined
}

const exact =
  'verifyCaller compares exactly: add this audience to the service, or request another one in the caller.'

const toleranceTexts: Record<AudienceTolerance, string> = {
  slash: `The audience ends with a slash. Cloud Run accepts it; ${exact}`,
  eventarc:
    'The audience is the URL that was called, which Eventarc uses if a trigger names no audience. Cloud Run accepts it; verifyCaller does too, if the policy lists the push without an audience.',
}

/** Explains why the front door admitted an audience that the service does not list. */
export function toleranceText(tolerance: AudienceTolerance): string {
  return toleranceTexts[tolerance]
}
