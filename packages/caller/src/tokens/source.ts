import { IdTokenError } from '../errors.ts'
import type { AccessTokenSource, IdentitySource } from '../options.ts'

/** A source of ID tokens and access tokens. All sources of this package are one. */
export type TokenSource = IdentitySource & AccessTokenSource & QuotaSource

/** The project that pays for requests with a source's access tokens, if its credentials name one. */
export const quotaProject: unique symbol = Symbol('quotaProject')

/** A source that can know who pays. A symbol, since sources can be the user's own. */
export interface QuotaSource {
  [quotaProject]?: () => Promise<string | undefined>
}

/**
 * Returns a source that looks for the real one whenever a token is needed. That is about once an hour, so
 * it is cheap, and a file that was replaced or fixed meanwhile has an effect.
 */
export function lateSource(find: () => Promise<TokenSource>): TokenSource {
  return {
    async idToken(audience, options) {
      return (await find()).idToken(audience, options)
    },
    async accessToken(options) {
      return (await find()).accessToken(options)
    },
    async [quotaProject]() {
      return (await find())[quotaProject]?.()
    },
  }
}

/** The scope of all access tokens here. IAM decides what is allowed, not the scope. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

/** The pauses between attempts, before jitter. There is one more attempt than pauses. */
const pausesMs = [100, 300, 900]

/** Decides which attempts are repeated. */
export interface Retries<T> {
  /** Also ends a pause. */
  signal: AbortSignal
  /** Whether another attempt can have a better outcome. */
  mayDoBetter: (outcome: T) => boolean
  /** Whether another attempt can succeed after this error. @default never */
  mayRecover?: (error: unknown) => boolean
}

/**
 * Repeats an attempt up to three times, with jitter.
 *
 * @throws the signal's reason, and the errors of the last attempt
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

/** Whether a later attempt can succeed, by the answer's status. */
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

/** Hints for refusals, by the words in the answer. The first match counts. */
export type Hints = readonly (readonly [words: RegExp, hint: string])[]

/** A refusal by the token issuer. */
export interface RefusedRequest {
  status: number
  /** The words of the answer, not redacted. Never part of a hint. */
  reason: string
}

/**
 * Returns the hint for a refusal. For 429 and 5xx the status is enough: such requests were repeated
 * already (`isTransient`).
 *
 * @param hints the known words of this endpoint
 * @param otherwise the hint if no words match
 */
export function hintOf(
  { status, reason }: RefusedRequest,
  hints: Hints,
  otherwise: string,
): string {
  if (status === 429) return 'Too many requests: share one serviceFetch, or raise the quota.'
  if (status >= 500) return 'Try again later: the server failed.'
  return hints.find(([words]) => words.test(reason))?.[1] ?? otherwise
}

/** The answers that are read here are tokens of about 1 KB, or a line of text. */
const maxBytes = 65_536

/**
 * Reads a body as text.
 *
 * @throws {Error} if it is longer than `maxBytes`
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

/** A JSON object that was not checked yet. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Parses a JSON object; undefined if the text isn't one. The parser's own error would quote the text,
 * which can contain a key or a token.
 */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an object, and not a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Returns the token in an answer.
 *
 * @throws {@link IdTokenError} `token_rejected` if there is none
 */
export function tokenIn(answer: Json | undefined, field: string): string {
  const token = answer?.[field]
  if (typeof token === 'string' && token !== '') return token
  throw new IdTokenError('token_rejected', `The answer has no ${field}`, {
    hint: 'Check which server answers as the token endpoint.',
  })
}
