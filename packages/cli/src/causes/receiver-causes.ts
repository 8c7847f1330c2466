import { callerName, serviceName } from './commands.ts'
import type { Evidence, KnownCause } from './evidence.ts'
import { isReceivers, refusalOf } from './refusal.ts'

/** Causes in the receiver: its list, its keys, or that it has no list at all. */
export const receiverCauses: readonly KnownCause[] = [
  {
    code: 'caller_not_allowed',
    signs: '403 `caller_not_allowed`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      if (isReceivers(evidence, 'caller_not_allowed')) return 'certain'
      return evidence.list?.isCallerListed === false && !isStopped(evidence) ? 'certain' : undefined
    },
    sentence(evidence) {
      const who = evidence.denial?.caller ?? evidence.caller?.account ?? 'The caller'
      return `${who} is not on the list of ${serviceName(evidence)}.`
    },
    fix: (evidence) => [
      {
        words: `in countersign.jsonc, under "${callerName(evidence)}"`,
      },
      {
        words: `"calls": { "${serviceName(evidence)}": [{ "methods": ["GET"], "paths": ["/…"] }] }`,
      },
      { words: 'then deploy the receiver, and see', command: 'countersign policy check' },
    ],
  },
  {
    code: 'operation_not_allowed',
    signs: '403 `operation_not_allowed`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      if (isReceivers(evidence, 'operation_not_allowed')) return 'certain'
      const isOff = evidence.list?.isOperationAllowed === false && evidence.list.isCallerListed
      return isOff && !isStopped(evidence) ? 'certain' : undefined
    },
    sentence(evidence) {
      const { denial, method, path } = evidence
      const what = [denial?.method ?? method, denial?.path ?? path].filter(Boolean).join(' ')
      return `The caller is on the list of ${serviceName(evidence)}, but not for ${what || 'this method and path'}.`
    },
    fix: (evidence) => [
      {
        words: `add the method and the path to "calls" of "${callerName(evidence)}" in countersign.jsonc`,
      },
      { words: 'what it can call', command: 'countersign policy graph' },
    ],
  },
  {
    code: 'receiver_keys',
    signs: '503 `keys_unavailable` or `audience_unavailable`; `stale_keys_used`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      if (isReceivers(evidence, 'keys_unavailable', 'audience_unavailable')) return 'certain'
      return isReceivers(evidence, 'keys_refresh_failed', 'stale_keys_used', 'audience_not_found')
        ? 'certain'
        : undefined
    },
    sentence: () =>
      "The receiver can not fetch Google's keys, or its own audience. The caller is not at fault.",
    fix: () => [
      {
        words: 'from the receiver, this must answer 200',
        command: 'curl -sI https://www.googleapis.com/oauth2/v3/certs',
      },
      { words: 'for the audience, set COUNTERSIGN_AUDIENCE' },
    ],
  },
  {
    code: 'receiver_refused',
    signs: '401 or 403 with any other `Countersign-Code`, as `key_unknown` or `claim_invalid`',
    refusedBy: 'the receiver',
    certainty(evidence) {
      const refusal = refusalOf(evidence)
      const isOther = refusal?.by === 'the receiver' && !named.has(refusal.code ?? '')
      return isOther ? 'likely' : undefined
    },
    sentence: (evidence) =>
      `verifyCaller refused the token: ${codeOf(evidence)}. The token is not one of Google's service accounts, or was changed on its way.`,
    fix: () => [{ words: 'see its claims', command: 'pbpaste | countersign explain' }],
  },
  {
    code: 'own_refusal',
    signs:
      'nothing is sent: `target_not_allowed`, `insecure_target`, `redirect_refused`, `header_conflict`',
    refusedBy: 'the caller',
    certainty: ({ ownRefusal }) =>
      ownRefusal && !issuerCodes.has(ownRefusal.code) ? 'certain' : undefined,
    sentence: ({ ownRefusal }) =>
      `The caller's own list refuses the call: ${ownRefusal?.code ?? 'a code of createServiceFetch'}.`,
    fix: (evidence) => [
      {
        words: `add the target, method or path to "calls" of "${callerName(evidence)}" in countersign.jsonc`,
      },
    ],
  },
  {
    code: 'application_refused',
    signs: '401 or 403 without `Countersign-Code`, and not in HTML of Google',
    refusedBy: 'the application',
    certainty: (evidence) =>
      refusalOf(evidence)?.by === 'the application' && !evidence.denial ? 'likely' : undefined,
    sentence: (evidence) =>
      `The token came through. ${serviceName(evidence)} itself answers so: its own middleware, or a log line of ours that was left out.`,
    fix: () => [
      { words: "look at the service's own log, and at middleware that reads Authorization" },
    ],
  },
  {
    code: 'receiver_without_countersign',
    signs: 'a call without a token is answered by the application; no `rules_in_force` line',
    refusedBy: 'nobody',
    certainty(evidence) {
      const { anonymous, list, logs } = evidence
      if (logs?.hasCountersignLines === false && list && !list.isRouteOpen) return 'possible'
      if (!anonymous || !list || list.isRouteOpen) return undefined
      const isLet = anonymous.status < 400 && anonymous.code === undefined
      return isLet ? 'certain' : undefined
    },
    sentence: (evidence) =>
      `${serviceName(evidence)} does not check its callers: verifyCaller is not in front of this route.`,
    fix: () => [{ words: 'before all routes: app.use(verifyCaller(policy.receiver("SERVICE")))' }],
  },
]

/** Whether the call ended before the receiver's list. */
function isStopped(evidence: Evidence): boolean {
  return (
    refusalOf(evidence) !== undefined ||
    evidence.mint !== undefined ||
    evidence.signed !== undefined
  )
}

function codeOf(evidence: Evidence): string {
  return refusalOf(evidence)?.code ?? 'its code is in Countersign-Code'
}

/** Codes of `createServiceFetch` for a token that can't be had. */
export const issuerCodes: ReadonlySet<string> = new Set([
  'no_credentials',
  'user_credentials',
  'identity_unavailable',
  'identity_timeout',
  'token_rejected',
])

/** Codes of `verifyCaller` that have a cause of their own. */
const named: ReadonlySet<string> = new Set([
  'token_missing',
  'token_ambiguous',
  'token_malformed',
  'signature_removed',
  'audience_mismatch',
  'token_expired',
  'token_not_yet_valid',
  'not_a_service_account',
  'caller_not_allowed',
  'subject_mismatch',
  'operation_not_allowed',
  'keys_unavailable',
  'audience_unavailable',
  'keys_refresh_failed',
  'stale_keys_used',
  'audience_not_found',
])
