import { type ClientRequest, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { abortAfter, abortWithAny } from '@countersign/shared/realm/signals'
import type { Replays } from '../events/replays.ts'
import type { PushAttempt } from '../pushes.ts'
import { backoffMs, type Delivery, type Outgoing, type Product, retryAfterMs } from './products.ts'

/** Options of {@link deliver}. */
export interface DeliverOptions {
  product: Product
  delivery: Delivery
  method: string
  /** The front door's URL, with path and query. */
  url: URL
  /** The `Host` of the front door. */
  host: string
  maxAttempts: number
  speed: number
  /** Returns the ID token for an attempt. */
  token: () => Promise<string>
  /** Milliseconds since the epoch. */
  now: () => number
  /** Expects the call of an attempt at the front door, so that its event is known. */
  expectCall: Replays['expect']
  /** Called after each attempt. */
  onAttempt: (attempt: PushAttempt) => void
  /** Ends the delivery. */
  signal: AbortSignal
}

/**
 * Delivers until it is acknowledged or given up.
 *
 * @returns the attempts
 */
export async function deliver(options: DeliverOptions): Promise<readonly PushAttempt[]> {
  const attempts: PushAttempt[] = []
  while (true) {
    const at = options.now()
    const answer = await tryOnce(at, attempts, options)
    const attempt = judged({ at, number: attempts.length + 1, answer }, options)
    attempts.push(attempt)
    options.onAttempt(attempt)
    if (attempt.retryInMs === undefined) return attempts
    await pause(attempt.retryInMs / options.speed, options.signal)
    if (options.signal.aborted) return attempts
  }
}

async function tryOnce(
  at: number,
  before: readonly PushAttempt[],
  { product, delivery, method, url, host, token, signal, expectCall }: DeliverOptions,
): Promise<Answer> {
  const statuses = before.map(({ status }) => status)
  const { headers, body } = product.request(delivery, { number: before.length + 1, at, statuses })
  const authorization = `Bearer ${await token()}`
  const limited = abortWithAny([signal, abortAfter(product.deadlineMs)])
  const request = { method, headers: { ...headers, host, authorization }, body }
  return send(url, request, { signal: limited, expectCall })
}

function judged(
  { at, number, answer }: { at: number; number: number; answer: Answer },
  { product, maxAttempts, signal, now }: DeliverOptions,
): PushAttempt {
  const { status, call } = answer
  const attempt = { at, attempt: number, status, ...(call !== undefined && { call }) }
  if (product.isAcknowledged(answer.status)) return { ...attempt, outcome: 'acknowledged' }
  if (number >= maxAttempts || signal.aborted) return { ...attempt, outcome: 'given-up' }
  const isThrottled = product.respectsRetryAfter && [429, 503].includes(answer.status)
  const asked = isThrottled ? retryAfterMs(answer.retryAfter, now()) : 0
  const retryInMs = Math.max(backoffMs(number, product.backoff), asked)
  return { ...attempt, outcome: 'will-retry', retryInMs }
}

/** The longest delay of a timer: a longer one would end at once. */
const longestTimerMs = 2 ** 31 - 1

/** The signal ends the pause early. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return wait(Math.min(ms, longestTimerMs), undefined, { signal }).catch(() => undefined)
}

/** The answer to an attempt. */
interface Answer {
  /** 0 if there was no answer in time. */
  status: number
  retryAfter: string | undefined
  /** The id of the call's event; undefined if none was recorded. */
  call: number | undefined
}

/**
 * Sends a request to a front door with exactly these headers: `fetch` would add its own. Redirects
 * are not followed.
 */
function send(
  url: URL,
  { method, headers, body }: Outgoing & { method: string },
  { signal, expectCall }: { signal: AbortSignal; expectCall: Replays['expect'] },
): Promise<Answer> {
  return new Promise((resolve) => {
    const size = Buffer.byteLength(body)
    const hasBody = size > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
    const length = hasBody ? { 'content-length': size } : {}
    const options = { method, agent: false, signal }
    const outgoing = request(url, { ...options, headers: { ...headers, ...length } })
    const event = eventOf(outgoing, expectCall)
    outgoing.on('error', () => resolve({ status: 0, retryAfter: undefined, call: event.id() }))
    outgoing.on('response', async (answer) => {
      // The body is not needed, and can fail. The event of a refusal waits for its end.
      const ended = new Promise((end) => answer.once('close', end))
      answer.on('error', () => undefined).resume()
      await Promise.race([event.recorded, ended])
      const { statusCode: status = 0, headers: received } = answer
      resolve({ status, retryAfter: received['retry-after'], call: event.id() })
    })
    outgoing.end(body)
  })
}

/** The event of a request at a front door. */
interface CallEvent {
  /** Undefined until it is recorded. */
  id(): number | undefined
  recorded: Promise<void>
}

/** The port of a request identifies it at the front door. */
function eventOf(outgoing: ClientRequest, expectCall: Replays['expect']): CallEvent {
  const recorded = Promise.withResolvers<void>()
  let id: number | undefined
  function onEvent(recordedId: number): void {
    id = recordedId
    recorded.resolve()
  }
  outgoing.on('socket', (socket) => {
    socket.once('connect', () => {
      socket.once('close', expectCall(socket.localPort ?? 0, { onEvent }))
    })
  })
  return { id: () => id, recorded: recorded.promise }
}
