import type { AudienceTolerance, FrontDoorRefusal } from '@countersign/emulator'
import type { DenialCode } from '@countersign/receiver'

/** What a code means, and what to do about it. */
export interface CodeHelp {
  means: string
  todo: string
}

const signing = 'Call through serviceFetch, or send an ID token in Authorization.'
const forged = 'Nothing of Google signs so. Look for who made this token.'

/** The front door answers these, in place of Cloud Run's IAM. */
const frontDoorCodes: Record<FrontDoorRefusal, CodeHelp> = {
  token_missing: { means: 'The service is not public, and no token was sent.', todo: signing },
  token_invalid: {
    means: 'IAM does not take the token for a valid ID token of this service.',
    todo: 'See below which claim it is: mostly the audience, or a token that expired.',
  },
  not_invoker: {
    means: 'The token is valid, but its account may not invoke this service.',
    todo: 'Declare the call in the policy, if it is right; IAM follows from it.',
  },
  app_unreachable: {
    means: 'The caller may pass, but nothing listens where the app should.',
    todo: 'Start the service with its environment from countersign env, or with countersign dev.',
  },
  host_refused: {
    means: 'The Host header names neither this machine nor this service.',
    todo: 'Call the front door by its own URL. A page of another site may have sent this.',
  },
}

/** What IAM finds wrong with a token, by the claim. */
const claimHelp: Record<string, CodeHelp | undefined> = {
  aud: {
    means: 'The token is for another audience than this service.',
    todo: 'Look for a path, or another of its URLs. verifyCaller also refuses a slash at the end.',
  },
  exp: {
    means: 'The token has expired.',
    todo: 'Get a new one; if it is new, compare the clocks.',
  },
  iat: { means: 'The token is from the future.', todo: 'Compare the clocks.' },
  iss: { means: 'The token is not issued by Google.', todo: 'Send an ID token of Google’s.' },
  alg: { means: 'The token is not signed with RS256.', todo: forged },
  signature: { means: 'The signature does not hold.', todo: forged },
  kid: {
    means: 'No key has the name that the token was signed with.',
    todo: 'It is from before the emulator was started anew, or of another issuer: get a new one.',
  },
}

/** The receiver answers these, in the service itself. */
const receiverCodes: Record<DenialCode, CodeHelp> = {
  token_missing: { means: 'No bearer token reached the service.', todo: signing },
  token_ambiguous: {
    means: 'The token came twice, or two in one header.',
    todo: 'Send exactly one Authorization header.',
  },
  token_malformed: {
    means: 'What came is no ID token.',
    todo: 'An access token (ya29.…) is none; ask for an ID token.',
  },
  algorithm_not_allowed: { means: 'The token is not signed with RS256.', todo: forged },
  key_unknown: {
    means: 'No key has the name that the token was signed with.',
    todo: 'The key was rotated out, or is not Google’s. Does the service run with COUNTERSIGN_EMULATOR?',
  },
  signature_removed: {
    means: 'The front door has taken the signature off this token.',
    todo: 'Send the token in Authorization too: there it arrives whole. serviceFetch does so.',
  },
  signature_invalid: { means: 'The signature does not hold.', todo: forged },
  issuer_mismatch: {
    means: 'The token is not issued by Google.',
    todo: 'Is it an end user’s own token? See the options tokenHeader and otherTokens.',
  },
  audience_mismatch: {
    means: 'The token is for another audience than this service.',
    todo: 'Look for a path, or another of its URLs. verifyCaller also refuses a slash at the end.',
  },
  token_expired: {
    means: 'The token has expired, by the clock of the service.',
    todo: 'Get a new one; if it is new, compare the clocks.',
  },
  token_not_yet_valid: {
    means: 'The token is from the future, by the clock of the service.',
    todo: 'Compare the clocks.',
  },
  lifetime_too_long: { means: 'The token lives for more than an hour.', todo: forged },
  claim_invalid: { means: 'A claim is missing or of the wrong type.', todo: forged },
  email_missing: {
    means: 'The token does not say whose it is.',
    todo: 'Ask the metadata server with format=full, IAM Credentials with includeEmail.',
  },
  email_unverified: {
    means: 'The email of the token is not verified.',
    todo: 'Call as a service account.',
  },
  not_a_service_account: {
    means: 'The token is a person’s.',
    todo: 'Impersonate a service account: gcloud with --impersonate-service-account.',
  },
  caller_not_allowed: {
    means: 'The token is genuine, but its account is not on the list of this service.',
    todo: 'Declare the call in the policy, or add the account to allow.',
  },
  subject_mismatch: {
    means: 'The account has the right email, but another unique id than the one pinned.',
    todo: 'It was created again. Pin the new subject, if it is right.',
  },
  operation_not_allowed: {
    means: 'The caller is on the list, but not for this method and path.',
    todo: 'Add the operation to the caller’s entry in the policy.',
  },
  keys_unavailable: {
    means: 'The service has no keys to verify with.',
    todo: 'Can it reach the key endpoint? See receiver.health().',
  },
  audience_unavailable: {
    means: 'The service does not know its own audience yet.',
    todo: 'Set COUNTERSIGN_AUDIENCE, or try again.',
  },
}

/** Nobody refused, and yet the service did not answer. */
export const helpForStopper: Readonly<Record<'drill' | 'caller', CodeHelp>> = {
  drill: {
    means: 'This goes wrong on purpose.',
    todo: 'End the drill under Drills, if it is still on.',
  },
  caller: {
    means: 'It gave up waiting, or was stopped itself.',
    todo: 'Compare its time-out with how long the service takes.',
  },
}

/**
 * What the front door means where it refuses a token for one of its claims.
 *
 * @param claim the claim, as it says it
 */
export function helpForClaim(claim: string): CodeHelp | undefined {
  return Object.hasOwn(claimHelp, claim) ? claimHelp[claim] : undefined
}

/**
 * What a code means that a front door or a receiver answered with.
 *
 * @param code such as `audience_mismatch`
 * @param refusedBy who answered; the two share a name or two
 */
export function helpFor(
  code: string,
  refusedBy: 'front-door' | 'receiver' | 'application',
): CodeHelp | undefined {
  const table: Record<string, CodeHelp> =
    refusedBy === 'front-door' ? frontDoorCodes : receiverCodes
  return Object.hasOwn(table, code) ? table[code] : undefined
}

const exact =
  'verifyCaller compares exactly: list it as an audience, or have the caller ask for another.'

const toleranceTexts: Record<AudienceTolerance, string> = {
  slash: `The audience has a slash at its end. Cloud Run takes it; ${exact}`,
  eventarc:
    'The audience is the URL that was called, as Eventarc has it where a trigger names no audience. Cloud Run takes it; verifyCaller does too, where the policy lists the push without an audience.',
}

/**
 * What it means that the front door admitted an audience that is none of the service's.
 *
 * @param tolerance why it did
 */
export function toleranceText(tolerance: AudienceTolerance): string {
  return toleranceTexts[tolerance]
}
