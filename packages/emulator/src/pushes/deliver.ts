import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
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
  { product, delivery, method, url, host, token, signal }: DeliverOptions,
): Promise<Answer> {
  const statuses = before.map(({ status }) => status)
  const { headers, body } = product.request(delivery, { number: before.length + 1, at, statuses })
  const authorization = `Bearer ${await token()}`
  const limited = AbortSignal.any([signal, AbortSignal.timeout(product.deadlineMs)])
  return send(url, { method, headers: { ...headers, host, authorization }, body }, limited)
}

function judged(
  { at, number, answer }: { at: number; number: number; answer: Answer },
  { product, maxAttempts, signal, now }: DeliverOptions,
): PushAttempt {
  const attempt = { at, attempt: number, status: answer.status }
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
}

/**
 * Sends a request to a front door with exactly these headers: `fetch` would add its own. Redirects
 * are not followed.
 */
function send(
  url: URL,
  { method, headers, body }: Outgoing & { method: string },
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    const size = Buffer.byteLength(body)
    const hasBody = size > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
    const length = hasBody ? { 'content-length': size } : {}
    const options = { method, agent: false, signal }
    const outgoing = request(url, { ...options, headers: { ...headers, ...length } })
    outgoing.on('error', () => resolve({ status: 0, retryAfter: undefined }))
    outgoing.on('response', (answer) => {
      // The end of the body is not needed, and can fail.
      answer.on('error', () => undefined).resume()
      resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] })
    })
    outgoing.end(body)
  })
}
