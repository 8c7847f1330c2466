import type { CallHandled, EmulatorState, Layer } from '@countersign/emulator'
import { hasStage, type Outcome, outcomeOf, stopperOf } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { duration } from '../model/words.ts'
import { type CodeHelp, helpFor, helpForClaim, helpForStopper } from './codes.ts'

/** How a call ended, in one sentence, and what to do about it. */
interface Verdict {
  outcome: Outcome
  /** The outcome in a word or two. */
  heading: string
  sentence: string
  /** Why the caller is possibly somebody else. */
  caution?: string | undefined
  help?: CodeHelp | undefined
}

const headings = { ok: 'Answered', refused: 'Refused', failed: 'Failed' }

/** Explains to the developer of the caller how a call ended. */
export function verdictOf(call: CallHandled): Verdict {
  const outcome = outcomeOf(call)
  const [heading, sentence, caution] = [headings[outcome], sentenceOf(call), cautionOf(call)]
  return { outcome, heading, sentence, caution, ...specialOf(call) }
}

/** Heading and help for drills and disconnected callers; for other calls the help for the code. */
function specialOf(call: CallHandled): Pick<Verdict, 'help'> & { heading?: string } {
  const { code, refusedBy } = call
  const stopper = stopperOf(call)
  if (stopper === 'drill') return { heading: 'Answered by a drill', help: helpForStopper.drill }
  if (stopper === 'caller') return { heading: 'Not answered', help: helpForStopper.caller }
  return { help: helpOfClaim(call) ?? (code && refusedBy ? helpFor(code, refusedBy) : undefined) }
}

/** The front door has one code for all invalid tokens; the claim is more precise. */
function helpOfClaim({ code, layers }: CallHandled): CodeHelp | undefined {
  const verdict = layers.find(({ stage }) => stage === 'front-door')
  if (code !== 'token_invalid' || verdict?.stage !== 'front-door') return undefined
  return verdict.claim === undefined ? undefined : helpForClaim(verdict.claim)
}

function sentenceOf(call: CallHandled): string {
  const { receiver, status, drill } = call
  switch (stopperOf(call)) {
    case 'front-door':
      return call.code === 'app_unreachable'
        ? `The front door admitted the call, but could not reach ${receiver}.`
        : `The front door of ${receiver} refused the call; ${receiver} did not receive it.`
    case 'receiver':
      return `The front door admitted the call; verifyCaller in ${receiver} refused it.`
    case 'application':
      return `${receiver} accepted the caller; its own code answered ${status}.`
    case 'drill':
      return `Drill ${drill} answered ${status} instead of the front door; ${receiver} did not receive the call.`
    case 'caller':
      return goneSentence(call)
    default:
      return status >= 500
        ? `${receiver} received the call and answered ${status}.`
        : `${receiver} received the call and answered it.`
  }
}

function goneSentence(call: CallHandled): string {
  const { receiver, drill, durationMs } = call
  if (hasStage(call, 'forwarded')) {
    return `The caller disconnected after ${duration(durationMs)}; ${receiver} had not answered yet.`
  }
  const why =
    drill === undefined ? 'before the front door admitted it' : `while drill ${drill} delayed it`
  return `The caller disconnected ${why}; ${receiver} did not receive the call.`
}

/**
 * Anybody can have written an invalid token, or a service passes on a token that it received
 * itself.
 */
function cautionOf({ caller, layers }: CallHandled): string | undefined {
  if (!caller || caller.verified) return undefined
  const name = `${caller.service ?? caller.account} is only claimed`
  return layers.some((layer) => layer.stage === 'token' && layer.issuedHere)
    ? `${name}: its token is not valid here, and anybody who has the token can send it.`
    : `${name}: this emulator did not sign the token, and anybody can create such a token.`
}

/** The received value of a claim, and the accepted ones. */
export interface Mismatch {
  /** The claim that did not match. */
  claim: string
  got: string
  expected: readonly string[]
}

/**
 * What did not match in a refused call. The front door reports it; for an audience that a receiver
 * refused, the token is compared with the audiences of the service in the policy.
 */
export function mismatchOf(
  call: CallHandled,
  state: EmulatorState | undefined,
): Mismatch | undefined {
  return byFrontDoor(call) ?? byReceiver(call, state)
}

function byFrontDoor({ layers }: CallHandled): Mismatch | undefined {
  const verdict = layers.find((layer) => layer.stage === 'front-door')
  if (verdict?.got === undefined || !verdict.expected) return undefined
  return { claim: verdict.claim ?? 'claim', got: verdict.got, expected: verdict.expected }
}

function byReceiver(call: CallHandled, state: EmulatorState | undefined): Mismatch | undefined {
  if (call.code !== 'audience_mismatch') return undefined
  const audience = tokenForApp(call.layers)?.claims.aud
  const service = state?.services.find(({ name }) => name === call.receiver)
  if (typeof audience !== 'string' || !service) return undefined
  return { claim: 'aud', got: audience, expected: service.audiences }
}

/** Apps read `Authorization`; front doors prefer `X-Serverless-Authorization`. */
function tokenForApp(layers: readonly Layer[]): Extract<Layer, { stage: 'token' }> | undefined {
  const tokens = layers.filter((layer) => layer.stage === 'token')
  return tokens.find(({ header }) => header === 'authorization') ?? tokens[0]
}

/** Title of a call, such as `login → search`. */
export function titleOf(call: CallHandled): string {
  return `${callerName(call.caller)} → ${call.receiver}`
}
