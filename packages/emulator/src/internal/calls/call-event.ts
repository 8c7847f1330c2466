import { withoutSecrets } from '../../events/redact.ts'
import type { CallHandled } from '../../events.ts'
import type { Google } from '../../google/google.ts'
import { isDeclared } from './declared.ts'
import type { ObservedCall } from './observed-call.ts'
import { partyOf } from './party.ts'
import { countingToken } from './seen-tokens.ts'
import { snippetFor } from './snippet.ts'

const maxTargetLength = 2_000
const maxMethodLength = 50
const maxAccountLength = 300

/** How a call ended. */
export type Outcome = Pick<CallHandled, 'status' | 'durationMs' | 'refusedBy' | 'code' | 'replayOf'>

/**
 * The event of a call that has ended.
 *
 * @param call what was seen of it
 * @param outcome how it ended
 * @param google what there is to know about accounts and tokens
 */
export function callEvent(
  call: ObservedCall,
  outcome: Outcome,
  google: Pick<Google, 'policy' | 'accounts' | 'tokenEvents'>,
): Omit<CallHandled, 'id'> {
  const { request, receiver, at, trace, drill, layers } = call
  const { method = 'GET', url: target = '/' } = request
  const token = countingToken(call)
  const caller = partyOf(token, google)
  const tokenEvent = token && google.tokenEvents.idOf(token.token)
  const attempt = { account: caller?.account, receiver, operation: { method, target } }
  const declared = isDeclared(google.policy, attempt)
  const snippet = declared ? undefined : snippetFor(google.policy, attempt)
  return {
    type: 'call',
    at,
    ...(caller && { caller: { ...caller, account: shownAccount(caller.account) } }),
    receiver: receiver.name,
    method: withoutSecrets(method, maxMethodLength),
    target: withoutSecrets(target, maxTargetLength),
    ...outcome,
    ...(drill !== undefined && { drill }),
    ...(trace !== undefined && { trace }),
    declared,
    ...(snippet !== undefined && { snippet }),
    ...(tokenEvent !== undefined && { token: tokenEvent }),
    layers,
  }
}

/** Whoever made the token chose it. */
function shownAccount(account: string): string {
  return withoutSecrets(account, maxAccountLength)
}
