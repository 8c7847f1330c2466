import type { CallHandled, EmulatorState, Layer } from '@countersign/emulator'
import { hasStage, type Outcome, outcomeOf, stopperOf } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { duration } from '../model/words.ts'
import { type CodeHelp, helpFor, helpForClaim, helpForStopper } from './codes.ts'

/** A call's end in one sentence, and what to do about it. */
interface Verdict {
  outcome: Outcome
  /** The outcome in a word or two. */
  heading: string
  sentence: string
  /** Why the caller may be somebody else. */
  caution?: string | undefined
  help?: CodeHelp | undefined
}

const headings = { ok: 'Answered', refused: 'Refused', failed: 'Failed' }

/**
 * Says how a call ended, for the person whose call it was.
 *
 * @param call the call
 */
export function verdictOf(call: CallHandled): Verdict {
  const outcome = outcomeOf(call)
  const [heading, sentence, caution] = [headings[outcome], sentenceOf(call), cautionOf(call)]
  return { outcome, heading, sentence, caution, ...specialOf(call) }
}

/** What nobody refused, and yet the service didn't answer; else the help for the code. */
function specialOf(call: CallHandled): Pick<Verdict, 'help'> & { heading?: string } {
  const { code, refusedBy } = call
  const stopper = stopperOf(call)
  if (stopper === 'drill') return { heading: 'Answered by a drill', help: helpForStopper.drill }
  if (stopper === 'caller') return { heading: 'Not answered', help: helpForStopper.caller }
  return { help: helpOfClaim(call) ?? (code && refusedBy ? helpFor(code, refusedBy) : undefined) }
}

/** The front door has one code for all that can be wrong with a token. */
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
        ? `The front door let the call in, but could not reach ${receiver}.`
        : `The front door of ${receiver} refused the call; ${receiver} never saw it.`
    case 'receiver':
      return `The front door let the call in; verifyCaller in ${receiver} refused it.`
    case 'application':
      return `${receiver} took the caller; its own code answered ${status}.`
    case 'drill':
      return `Drill ${drill} answered ${status} in place of the front door; ${receiver} never saw the call.`
    case 'caller':
      return goneSentence(call)
    default:
      return status >= 500
        ? `${receiver} got the call and answered ${status}.`
        : `${receiver} got the call, and answered it.`
  }
}

function goneSentence(call: CallHandled): string {
  const { receiver, drill, durationMs } = call
  if (hasStage(call, 'forwarded')) {
    return `The caller hung up after ${duration(durationMs)}; ${receiver} had not answered yet.`
  }
  const why = drill === undefined ? 'before it was let in' : `while drill ${drill} kept it waiting`
  return `The caller hung up ${why}; ${receiver} never saw the call.`
}

/** A token that failed may be anybody's, or was meant for another service that now sends it on. */
function cautionOf({ caller, layers }: CallHandled): string | undefined {
  if (!caller || caller.verified) return undefined
  const name = `${caller.service ?? caller.account} is only claimed`
  return layers.some((layer) => layer.stage === 'token' && layer.issuedHere)
    ? `${name}: its token is not valid here, and whoever has it may send it.`
    : `${name}: the token is not signed by this emulator. Anybody can write such a token.`
}

/** What came, and what would have passed. */
export interface Mismatch {
  /** The claim it is about. */
  claim: string
  got: string
  expected: readonly string[]
}

/**
 * What did not match in a refused call. The front door says it itself; for an audience that a
 * receiver refused, the token is held against the audiences that the policy gives the service.
 *
 * @param call the call
 * @param state what the emulator is made of
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

/** Apps read `Authorization`, front doors the other one first. */
function tokenForApp(layers: readonly Layer[]): Extract<Layer, { stage: 'token' }> | undefined {
  const tokens = layers.filter((layer) => layer.stage === 'token')
  return tokens.find(({ header }) => header === 'authorization') ?? tokens[0]
}

/** The line that stands for a call: `login → search`. */
export function titleOf(call: CallHandled): string {
  return `${callerName(call.caller)} → ${call.receiver}`
}
