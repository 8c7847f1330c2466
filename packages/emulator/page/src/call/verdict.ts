import type { CallHandled, EmulatorState, Layer, PushAttempted } from '@countersign/emulator'
import { type CallerSide, callerSide } from '../advice/caller-side.ts'
import { operationText, pathOf, rulesOf, rulesText } from '../advice/operations.ts'
import { type PolicyEntry, policyEntry } from '../advice/policy-entry.ts'
import { type PushAudienceHelp, pushAudienceHelp, pushOf } from '../advice/push-audience.ts'
import { hasStage, type Outcome, outcomeOf, stopperOf } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import { duration } from '../model/words.ts'
import { type CodeHelp, helpFor, helpForClaim, helpForRevoked, helpForStopper } from './codes.ts'

/** How a call ended, in one sentence, and what to do about it. */
interface Verdict {
  outcome: Outcome
  /** The outcome in a word or two. */
  heading: string
  sentence: string
  /** Why the caller is possibly somebody else. */
  caution?: string | undefined
  help?: CodeHelp | undefined
  /** What the calling service writes, if the call had no token. */
  callerSide?: CallerSide | undefined
  /** The entry that would allow the call, if the policy does not declare it. */
  entry?: PolicyEntry | undefined
  /** JSON to merge into the policy: the audience of a refused push. */
  audienceEntry?: string | undefined
}

/** What the page knows beside the call. */
interface Known {
  state?: EmulatorState | undefined
  pushes?: readonly PushAttempted[]
}

const headings = { ok: 'Answered', refused: 'Refused', failed: 'Failed' }

/** Explains to the developer of the caller how a call ended. */
export function verdictOf(call: CallHandled, { state, pushes = [] }: Known = {}): Verdict {
  const outcome = outcomeOf(call)
  const verdict = { outcome, heading: headings[outcome], sentence: sentenceOf(call) }
  const push = pushOf(call, state, pushes)
  const audience = push && pushAudienceHelp(call, push, state)
  if (audience) return { ...verdict, ...pushVerdict(audience) }
  const entry = policyEntry(call, state)
  return {
    ...verdict,
    caution: push ? undefined : cautionOf(call),
    ...specialOf(call),
    ...similarHelp(call, entry),
    callerSide: call.code === 'token_missing' ? callerSide(call, state) : undefined,
    entry,
  }
}

function pushVerdict({ snippet, ...help }: PushAudienceHelp): Partial<Verdict> {
  return { help, audienceEntry: snippet }
}

/** A mistyped path is recognised before it is offered as something to allow. */
function similarHelp({ code }: CallHandled, entry: PolicyEntry | undefined): Pick<Verdict, 'help'> {
  if (code !== 'operation_not_allowed' || !entry?.similar) return {}
  return {
    help: {
      means: receiverMeans(code),
      todo: `Did you mean ${operationText(entry.similar)}? The policy allows that.`,
    },
  }
}

function receiverMeans(code: string): string {
  return helpFor(code, 'receiver')?.means ?? ''
}

/** Heading and help for drills and disconnected callers; for other calls the help for the code. */
function specialOf(call: CallHandled): Pick<Verdict, 'help'> & { heading?: string } {
  const { code, refusedBy } = call
  const stopper = stopperOf(call)
  if (stopper === 'drill') return { heading: 'Answered by a drill', help: helpForStopper.drill }
  if (stopper === 'caller') return { heading: 'Not answered', help: helpForStopper.caller }
  return { help: preciseHelp(call) ?? (code && refusedBy ? helpFor(code, refusedBy) : undefined) }
}

/** The front door has one code for all invalid tokens; the claim is more precise. */
function preciseHelp({ code, declared, layers }: CallHandled): CodeHelp | undefined {
  if (code === 'not_invoker' && declared) return helpForRevoked
  const verdict = layers.find(({ stage }) => stage === 'front-door')
  if (code !== 'token_invalid' || verdict?.stage !== 'front-door') return undefined
  return verdict.claim === undefined ? undefined : helpForClaim(verdict.claim)
}

function sentenceOf(call: CallHandled): string {
  const { receiver, status, drill } = call
  switch (stopperOf(call)) {
    case 'front-door':
      return call.code === 'app_unreachable'
        ? `The front door admitted the call, but nobody answers ${placeOf(call)}, where ${receiver} is expected.`
        : `The front door of ${receiver} refused the call; ${receiver} did not receive it.`
    case 'receiver':
      return `The front door admitted the call; verifyCaller in ${receiver} refused it.`
    case 'application':
      return `${receiver} received the call and answered ${status} itself: the answer has no code of verifyCaller.`
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

/** Where the front door expects the app. */
function placeOf({ layers }: CallHandled): string {
  const layer = layers.findLast(({ stage }) => stage === 'front-door')
  const [app = ''] = (layer?.stage === 'front-door' && layer.expected) || []
  const port = URL.parse(app)?.port
  return port ? `on port ${port}` : 'at its address'
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
  /** The claim that did not match; undefined if it is the operation, not the token. */
  claim?: string
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
  return byFrontDoor(call) ?? byAudience(call, state) ?? byOperation(call, state)
}

function byFrontDoor({ layers }: CallHandled): Mismatch | undefined {
  const verdict = layers.find((layer) => layer.stage === 'front-door')
  if (verdict?.got === undefined || !verdict.expected) return undefined
  return { claim: verdict.claim ?? 'claim', got: verdict.got, expected: verdict.expected }
}

function byAudience(call: CallHandled, state: EmulatorState | undefined): Mismatch | undefined {
  if (call.code !== 'audience_mismatch') return undefined
  const audience = tokenForApp(call.layers)?.claims.aud
  const service = state?.services.find(({ name }) => name === call.receiver)
  if (typeof audience !== 'string' || !service) return undefined
  return { claim: 'aud', got: audience, expected: service.audiences }
}

/**
 * The receiver tells its caller only the code. The emulator notes the operations of its policy at
 * that time; without them, as in older recordings, the state has those of the start.
 */
function byOperation(call: CallHandled, state: EmulatorState | undefined): Mismatch | undefined {
  const { code, caller, receiver, method, target } = call
  if (code !== 'operation_not_allowed' || !caller) return undefined
  const answer = call.layers.find(({ stage }) => stage === 'answer')
  if (answer?.stage === 'answer' && answer.got !== undefined && answer.expected) {
    return { got: answer.got, expected: answer.expected }
  }
  const rules = rulesOf(state, caller, receiver)
  if (rules.length === 0) return undefined
  return { got: operationText({ method, path: pathOf(target) }), expected: rulesText(rules) }
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
