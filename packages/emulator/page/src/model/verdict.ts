import type { CallHandled } from '@countersign/emulator'
import { type CodeHelp, helpFor, helpForClaim } from './codes.ts'
import { callerName, type Outcome, outcomeOf } from './parties.ts'

/** A call's end in one sentence, and what to do about it. */
export interface Verdict {
  readonly outcome: Outcome
  readonly sentence: string
  readonly help?: CodeHelp | undefined
}

/**
 * Says how a call ended, for the person whose call it was.
 *
 * @param call the call
 */
export function verdictOf(call: CallHandled): Verdict {
  const { refusedBy, code, receiver, status } = call
  const outcome = outcomeOf(call)
  const help = helpOfClaim(call) ?? (code && refusedBy ? helpFor(code, refusedBy) : undefined)
  return { outcome, sentence: sentenceOf(refusedBy, receiver, status), help }
}

/** The front door has one code for all that can be wrong with a token. */
function helpOfClaim({ code, layers }: CallHandled): CodeHelp | undefined {
  const verdict = layers.find(({ stage }) => stage === 'front-door')
  if (code !== 'token_invalid' || verdict?.stage !== 'front-door') return undefined
  return verdict.claim === undefined ? undefined : helpForClaim(verdict.claim)
}

function sentenceOf(refusedBy: CallHandled['refusedBy'], receiver: string, status: number): string {
  switch (refusedBy) {
    case 'front-door':
      return `The front door of ${receiver} refused the call; ${receiver} never saw it.`
    case 'receiver':
      return `The front door let the call in; verifyCaller in ${receiver} refused it.`
    case 'application':
      return `${receiver} took the caller; its own code answered ${status}.`
    default:
      return status >= 500
        ? `${receiver} got the call and answered ${status}.`
        : `${receiver} got the call, and answered it.`
  }
}

/** The line that stands for a call: `login → search`. */
export function titleOf(call: CallHandled): string {
  return `${callerName(call.caller)} → ${call.receiver}`
}
