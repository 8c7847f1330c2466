import { IdTokenError } from '../errors.ts'
import type { AccessTokenSource, IdentitySource } from '../options.ts'

/** A source of both kinds of tokens, as all of ours are. */
export type TokenSource = IdentitySource & AccessTokenSource

/**
 * A source that is only found when a token is needed, and anew each time: once an hour is not often,
 * and a file that was replaced or mended since is heeded.
 */
export function lateSource(find: () => Promise<TokenSource>): TokenSource {
  return {
    async idToken(audience, options) {
      return (await find()).idToken(audience, options)
    },
    async accessToken(options) {
      return (await find()).accessToken(options)
    },
  }
}

/** The scope of every access token here: what IAM allows decides, not the scope. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

/** Waits between attempts, before jitter. Their number is how often an attempt is repeated. */
const pausesMs = [100, 300, 900]

/** When an attempt is worth another one. */
export interface Retries<T> {
  /** Ends the waiting too. */
  signal: AbortSignal
  /** Whether an outcome may be better next time. */
  mayDoBetter: (outcome: T) => boolean
  /** Whether what was thrown may not be thrown next time. @default never */
  mayRecover?: (error: unknown) => boolean
}

/**
 * Repeats an attempt that may do better next time, a few times and with jitter.
 *
 * @param attempt what to try
 * @param retries when it is worth another attempt
 * @throws the signal's reason, and whatever the attempt throws
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { signal, mayDoBetter, mayRecover = () => false }: Retries<T>,
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      const outcome = await attempt()
      if (!mayDoBetter(outcome)) return outcome
    } catch (error) {
      if (!mayRecover(error)) throw error
    }
    await pause(pauseMs, signal)
  }
  return attempt()
}

/** Whether an answer says that a later attempt may do better. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const jitteredMs = ms * (0.5 + Math.random())
  return new Promise((resolve, reject) => {
    function leave(): void {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, jitteredMs)
    signal.addEventListener('abort', leave, { once: true })
  })
}

/** What to do about a refusal, by the words that it comes with: the first that match count. */
export type Hints = readonly (readonly [words: RegExp, hint: string])[]

/** A refusal, as whoever issues tokens put it. */
export interface RefusedRequest {
  status: number
  /** Its words, before anything is redacted. Never part of a hint. */
  reason: string
}

/**
 * The hint for a refusal. Where waiting may help, the status alone says so: what was asked for is
 * repeated on these already (`isTransient`).
 *
 * @param refusal what was answered
 * @param hints what is known of this endpoint's words
 * @param otherwise the hint for all others
 */
export function hintOf(
  { status, reason }: RefusedRequest,
  hints: Hints,
  otherwise: string,
): string {
  if (status === 429) return 'It is asked too often: share one serviceFetch, or raise the quota.'
  if (status >= 500) return 'Try again later: the fault is on its side.'
  return hints.find(([words]) => words.test(reason))?.[1] ?? otherwise
}

/** An answer that is asked for here is a token of about 1 KB, or a line of text. */
const maxBytes = 65_536

/**
 * Reads a body as text.
 *
 * @throws {Error} where it is longer than anything that is asked for here
 */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A JSON object that nobody has looked at yet. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Parses a JSON object; undefined where the text is none. The parser's own error would quote the
 * text, which may hold a key or a token.
 */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The token in an answer.
 *
 * @param answer what an endpoint answered
 * @param field where the token should be
 * @throws {@link IdTokenError} `token_rejected` where there is none
 */
export function tokenIn(answer: Json | undefined, field: string): string {
  const token = answer?.[field]
  if (typeof token === 'string' && token !== '') return token
  throw new IdTokenError('token_rejected', `The answer holds no ${field}`, {
    hint: 'Check what answers as the token endpoint.',
  })
}
