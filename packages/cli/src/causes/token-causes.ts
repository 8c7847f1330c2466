import {
  accountOf,
  accountOr,
  callerName,
  originOf,
  runServices,
  serviceName,
  urlOf,
} from './commands.ts'
import type { Evidence, KnownCause } from './evidence.ts'
import { isFrontDoors, isReceivers, refusalOf } from './refusal.ts'

/** Causes in the token itself: its kind, its times, its signature. */
export const tokenCauses: readonly KnownCause[] = [
  {
    code: 'access_token',
    signs:
      '401 "The access token could not be verified"; `token_malformed`; the token begins with `ya29.`',
    refusedBy: 'the front door',
    certainty({ token, denial }) {
      if (token?.kind === 'access-token') return 'certain'
      return denial?.code === 'token_malformed' ? 'possible' : undefined
    },
    sentence: () =>
      'The caller sends an access token. Services want an ID token: access tokens are for googleapis.com.',
    fix: (evidence) => [
      {
        words: 'see what it must send',
        command: `gcloud auth print-identity-token --audiences=${originOf(evidence)} --impersonate-service-account=ACCOUNT --include-email`,
      },
      { words: 'in code: createServiceFetch, or getIdTokenClient instead of getClient' },
    ],
  },
  {
    code: 'person_credentials',
    signs:
      '`user_credentials`; `not_a_service_account`; the `aud` of the token is `….apps.googleusercontent.com`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      const { mint, token, caller } = evidence
      if (mint?.code === 'user_credentials') return 'certain'
      if (isReceivers(evidence, 'not_a_service_account')) return 'certain'
      if (token?.audience?.endsWith('.apps.googleusercontent.com')) return 'certain'
      return caller?.credentials === 'person' && mint ? 'certain' : undefined
    },
    sentence: () =>
      "The credentials are a person's (gcloud auth login). Their tokens name gcloud as the audience, and no service account.",
    fix: () => [
      {
        words: 'once',
        command:
          'gcloud auth application-default login --impersonate-service-account=ACCOUNT@PROJECT.iam.gserviceaccount.com',
      },
    ],
  },
  {
    code: 'agent_identity',
    signs:
      '`issuer_mismatch`; the `iss` of the token begins with `https://sts.googleapis.com/v1/`, its `sub` with `spiffe://`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      const { token, denial } = evidence
      const issuer = token?.issuer ?? (denial?.code === 'issuer_mismatch' ? denial.got : undefined)
      if (issuer?.startsWith('https://sts.googleapis.com/v1/')) return 'certain'
      return token?.subject?.startsWith('spiffe://') ? 'certain' : undefined
    },
    sentence: () =>
      'The caller has an agent identity. Its token is not one of a service account, and verifyCaller refuses it.',
    fix: () => [
      {
        words: 'the caller can impersonate a service account',
        command:
          'gcloud iam service-accounts add-iam-policy-binding ACCOUNT --member=principal://AGENT --role=roles/iam.serviceAccountOpenIdTokenCreator',
      },
    ],
  },
  {
    code: 'signature_removed',
    signs: '`signature_removed`; the third part of the token is `SIGNATURE_REMOVED_BY_GOOGLE`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      if (evidence.token?.isSignatureRemoved) return 'certain'
      return isReceivers(evidence, 'signature_removed') ? 'certain' : undefined
    },
    sentence: () =>
      "The receiver gets a token without its signature. Cloud Run removes it from X-Serverless-Authorization, and from a person's tokens.",
    fix: (evidence) => [
      {
        words:
          'send the token in both headers, as serviceFetch does; in a proxy drop the inbound one',
      },
      { words: 'try it', command: `countersign call ${urlOf(evidence)} --as ACCOUNT` },
    ],
  },
  {
    code: 'token_expired',
    signs:
      '`token_expired`; 401 "The access token could not be verified" after an hour without errors',
    refusedBy: 'the front door',
    certainty(evidence) {
      if (clocksApart(evidence)) return undefined
      if (isReceivers(evidence, 'token_expired')) return 'certain'
      const { token, at } = evidence
      const isOver = token?.expiresAt !== undefined && at !== undefined && token.expiresAt <= at
      return isOver ? 'certain' : undefined
    },
    sentence: () =>
      'The token is expired. The caller keeps it for more than its hour, or gets it from a cache that does.',
    fix: () => [
      { words: 'get a token for each call, from a client that renews it: createServiceFetch does' },
    ],
  },
  {
    code: 'clock_skew',
    signs: '`token_not_yet_valid`; "Token used too early"; new tokens are expired',
    refusedBy: 'the receiver',
    certainty(evidence) {
      if (clocksApart(evidence)) return 'certain'
      return isReceivers(evidence, 'token_not_yet_valid') ? 'likely' : undefined
    },
    sentence(evidence) {
      const seconds = Math.round(Math.abs(secondsApart(evidence) ?? 0))
      const howFar = seconds > 0 ? ` by ${seconds} s` : ''
      return `The clocks of caller and receiver are apart${howFar}: the token is from the future, or already over.`
    },
    fix: () => [{ words: 'on the machine whose clock is wrong', command: 'chronyc tracking' }],
  },
  {
    code: 'token_missing',
    signs:
      '403 "The request was not authenticated … Empty Authorization header value."; `token_missing`',
    refusedBy: 'the front door',
    certainty(evidence) {
      if (isReceivers(evidence, 'token_missing')) return 'certain'
      const refusal = refusalOf(evidence)
      return refusal?.by === 'the front door' && refusal.hadToken === false ? 'certain' : undefined
    },
    sentence: () =>
      'The call has no token. A redirect, a proxy or a plain fetch lost it, or it is a probe or a stranger.',
    fix: (evidence) => [
      { words: 'the same call with a token', command: `countersign call ${urlOf(evidence)}` },
      {
        words:
          'in code: createServiceFetch or signCalls; for a probe, list the route under "unauthenticated"',
      },
    ],
  },
  {
    code: 'token_ambiguous',
    signs: '400 `token_ambiguous`; 401 with two `Authorization` headers',
    refusedBy: 'the receiver',
    certainty: (evidence) => (isReceivers(evidence, 'token_ambiguous') ? 'certain' : undefined),
    sentence: () => 'The call has more than one Authorization header.',
    fix: () => [
      { words: "remove the one that a proxy or the client adds; the end user's goes first" },
    ],
  },
  {
    code: 'account_changed',
    signs: '`subject_mismatch`; a service account was deleted, and made again with the same email',
    refusedBy: 'the receiver',
    certainty: (evidence) => (isReceivers(evidence, 'subject_mismatch') ? 'certain' : undefined),
    sentence: () =>
      'The email is on the list, but the unique id is not: the account was deleted and made again, or the policy pins the wrong id.',
    fix: (evidence) => [
      {
        words: 'the id to pin as "subject", if the new account is meant',
        command: `gcloud iam service-accounts describe ${accountOf(evidence)} --format='value(uniqueId)'`,
      },
    ],
  },
  {
    code: 'token_not_verified',
    signs:
      '401 "The request was not authorized to invoke this service. The access token could not be verified."',
    refusedBy: 'the front door',
    certainty: (evidence) => (isFrontDoors(evidence, 401) ? 'possible' : undefined),
    sentence: (evidence) =>
      `The front door of ${serviceName(evidence)} can not verify the token: wrong audience, expired, not an ID token, or two tokens.`,
    fix: (evidence) => [
      { words: 'as the caller', command: `countersign doctor ${urlOf(evidence)}` },
      { words: 'the audiences that it takes', command: runServices('describe', evidence) },
    ],
  },
  {
    code: 'wrong_identity',
    signs: 'the token names another account than the service runs as',
    refusedBy: 'the front door',
    certainty({ caller, token }) {
      if (caller?.proxy !== undefined) return undefined
      const actual = token?.email ?? caller?.account
      const isOther = actual !== undefined && actual !== (caller?.expectedAccount ?? actual)
      return isOther ? 'certain' : undefined
    },
    sentence: ({ caller, token }) =>
      `The caller is ${token?.email ?? caller?.account ?? 'another account'}, but the policy says ${caller?.expectedAccount ?? 'ACCOUNT'}.`,
    fix: (evidence) => [
      {
        words: 'run it as the account of the policy',
        command: `gcloud run services update ${callerName(evidence)} --service-account=${accountOr(evidence.caller?.expectedAccount, 'ACCOUNT')}`,
      },
    ],
  },
]

/** More than the receiver's tolerance of 30 s, and more than a slow answer. */
const maxSecondsApart = 45

function clocksApart(evidence: Evidence): boolean {
  return Math.abs(secondsApart(evidence) ?? 0) > maxSecondsApart
}

/** How far the clock of the program that answers is ahead of this one. */
function secondsApart({ at, signed, anonymous }: Evidence): number | undefined {
  const date = signed?.date ?? anonymous?.date
  return at === undefined || date === undefined ? undefined : (date - at) / 1000
}
