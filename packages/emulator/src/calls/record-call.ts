import type { IncomingMessage } from 'node:http'
import type { Journal } from '../events/journal.ts'
import { withoutSecrets } from '../events/redact.ts'
import type { CallHandled, EmulatorRequest, Party } from '../events.ts'
import type { Google } from '../google/google.ts'
import { allowedOperations, isDeclared } from './declared.ts'
import { answerLayer, type LayerOf } from './layers.ts'
import { type ObservedCall, readBody } from './observed-call.ts'
import { countingToken, type SeenToken } from './seen-tokens.ts'
import { snippetFor } from './snippet.ts'

/** The journal, and the data that explains a call. */
interface RecordingParts {
  /** The policy and its accounts. */
  google: Pick<Google, 'policy' | 'accounts'>
  /** Gets the log entry and the event. */
  journal: Journal
}

/** Records in both logs the end of a call that the app did not answer. */
export function recordEnd(
  call: ObservedCall,
  { status, refusal }: Pick<EmulatorRequest, 'status' | 'refusal'>,
  parts: RecordingParts,
): void {
  logRequest(call, { status, ...(refusal && { refusal }) }, parts)
  const refusedBy = refusal && ({ refusedBy: 'front-door', code: refusal } as const)
  addEvent(call, { status, durationMs: call.elapsed(), ...refusedBy }, parts)
}

/**
 * Records the app's answer in both logs. The event of a refusal waits for the body, which has the
 * reason.
 */
export function recordAnswer(
  call: ObservedCall,
  answer: IncomingMessage,
  parts: RecordingParts,
): void {
  const { statusCode: status = 502 } = answer
  logRequest(call, { status }, parts)
  const durationMs = call.elapsed()
  const layer = answerLayer(answer, durationMs)
  readProblemDetail(answer, (detail) => {
    const mismatch = operationMismatch(call, layer, parts)
    call.layers.push({ ...layer, ...(detail !== undefined && { detail }), ...mismatch })
    addEvent(call, { status, durationMs, ...refusalOf(layer) }, parts)
  })
}

/** Decides as callers do: a receiver's refusal has a `Countersign-Code`. */
function refusalOf({ status, code }: { status: number; code?: string }): Partial<CallOutcome> {
  if (code !== undefined) return { refusedBy: 'receiver', code }
  return status === 401 || status === 403 ? { refusedBy: 'application' } : {}
}

const maxOperations = 50

/** What the receiver compared, if its policy is the same: only its log has it. */
function operationMismatch(
  call: ObservedCall,
  { code }: LayerOf<'answer'>,
  { google }: RecordingParts,
): Pick<LayerOf<'answer'>, 'got' | 'expected'> {
  if (code !== 'operation_not_allowed') return {}
  const { request, receiver } = call
  const { method = 'GET', url = '/' } = request
  const account = partyOf(countingToken(call), google)?.account
  const expected = allowedOperations(google.policy, { account, receiver }).slice(0, maxOperations)
  const got = withoutSecrets(`${method} ${url.split('?', 1).join()}`, maxTargetLength)
  return { got, expected }
}

function logRequest(
  { receiver, account, drill }: ObservedCall,
  end: Pick<EmulatorRequest, 'status' | 'refusal'>,
  { journal }: RecordingParts,
): void {
  const who = account === undefined ? {} : { account }
  const met = drill === undefined ? {} : { drill }
  journal.requests.record({
    endpoint: 'front-door',
    service: receiver.name,
    ...who,
    ...met,
    ...end,
  })
}

function addEvent(call: ObservedCall, outcome: CallOutcome, parts: RecordingParts): void {
  const { events, replays } = parts.journal
  const expected = replays.expected(call.request)
  const { replayOf } = expected ?? {}
  const event = callEvent(call, { ...outcome, ...(replayOf !== undefined && { replayOf }) }, parts)
  const id = events.add<CallHandled>(event)
  readBody(call)
  replays.keep(id, call)
  expected?.onEvent(id)
}

const maxTargetLength = 2_000
const maxMethodLength = 50
const maxAccountLength = 300

/** How a call ended. */
type CallOutcome = Pick<CallHandled, 'status' | 'durationMs' | 'refusedBy' | 'code' | 'replayOf'>

/** The event of a call that has ended. */
function callEvent(
  call: ObservedCall,
  outcome: CallOutcome,
  { google, journal }: RecordingParts,
): Omit<CallHandled, 'id'> {
  const { request, receiver, at, trace, drill, layers } = call
  const { method = 'GET', url: target = '/' } = request
  const token = countingToken(call)
  const caller = partyOf(token, google)
  const tokenEvent = token && journal.tokens.idOf(token.token)
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

/** The token's sender chose the text, so it is redacted. */
function shownAccount(account: string): string {
  return withoutSecrets(account, maxAccountLength)
}

/** The caller that a token names. */
function partyOf(
  seen: SeenToken | undefined,
  { policy, accounts }: Pick<Google, 'policy' | 'accounts'>,
): Party | undefined {
  const { email, sub } = seen?.claims ?? {}
  const known = [...accounts.values()].find(({ subject }) => subject === sub)?.email
  const account = typeof email === 'string' ? email : (known ?? sub)
  if (typeof account !== 'string' || account === '') return undefined
  const service = [...policy.services.values()].find((one) => one.serviceAccount === account)
  const verified = seen?.verification.isValid === true
  return {
    ...(service && { service: service.name }),
    account,
    verified,
  }
}

/** The bodies of our receivers have about 300 bytes. */
const maxBytes = 4_096
const maxLength = 500

/**
 * The `detail` of an answer that is `application/problem+json` (RFC 9457), read while another
 * reader consumes the body.
 *
 * @param answer the app's answer; only error statuses are read
 * @param onRead called once, after the end of the body, or at once if there is nothing to read
 */
function readProblemDetail(
  answer: IncomingMessage,
  onRead: (detail: string | undefined) => void,
): void {
  if (!isProblem(answer)) {
    onRead(undefined)
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes <= maxBytes) chunks.push(chunk)
  })
  let isReported = false
  function report(): void {
    if (isReported) return
    isReported = true
    onRead(bytes <= maxBytes ? detailIn(Buffer.concat(chunks).toString('utf8')) : undefined)
  }
  // An aborted body has no end event, only close.
  answer.once('end', report)
  answer.once('close', report)
}

function isProblem({ statusCode = 0, headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? ''
  const isPlain = headers['content-encoding'] === undefined
  return statusCode >= 400 && isPlain && /^application\/problem\+json\s*(;|$)/i.test(type)
}

function detailIn(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? withoutSecrets(detail, maxLength) : undefined
  } catch {
    return undefined
  }
}
