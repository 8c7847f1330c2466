/** Why a call was refused by this caller, before or instead of sending it. */
export type TargetNotAllowedCode =
  | 'target_not_allowed'
  | 'operation_not_allowed'
  | 'insecure_target'
  | 'redirect_refused'
  | 'header_conflict'

/** Why there is no ID token to send. */
export type IdTokenErrorCode =
  | 'no_credentials'
  | 'user_credentials'
  | 'identity_unavailable'
  | 'identity_timeout'
  | 'token_rejected'

/** What an error carries beside its code and message. */
export interface ErrorDetails {
  /** What to do about it, in one sentence. */
  hint: string
  /** What led to it. */
  cause?: unknown
}

/**
 * A call that this service must not make. Nothing was sent; for `redirect_refused`, nothing was sent
 * to where the redirect points.
 *
 * - `target_not_allowed`: the URL is on no target of the list
 * - `operation_not_allowed`: the target is listed, but not for this method or path
 * - `insecure_target`: the target is listed with https, and was called with http
 * - `redirect_refused`: the answer redirects to a place that may not be called, or can't be followed
 * - `header_conflict`: the request already holds a header that the token goes into
 */
export class TargetNotAllowedError extends Error {
  override readonly name = 'TargetNotAllowedError'
  /** Why the call was refused: stable, for code to decide by. */
  readonly code: TargetNotAllowedCode
  /** What to do about it, in one sentence. */
  readonly hint: string

  constructor(code: TargetNotAllowedCode, message: string, details: ErrorDetails) {
    super(message, causeOf(details))
    this.code = code
    this.hint = details.hint
    brand(this, targetNotAllowed)
  }
}

/**
 * There is no ID token to send. The message, the hint and the causes hold no token, key or assertion.
 *
 * - `no_credentials`: none were found here, or the file that holds them can't be used
 * - `user_credentials`: a person's credentials, whose tokens name no service
 * - `identity_unavailable`: whoever issues the tokens refused, failed or couldn't be reached
 * - `identity_timeout`: it took too long
 * - `token_rejected`: what it issued isn't a token, or is expired, or is for another audience
 */
export class IdTokenError extends Error {
  override readonly name = 'IdTokenError'
  /** Why there is no token: stable, for code to decide by. */
  readonly code: IdTokenErrorCode
  /** What to do about it, in one sentence. */
  readonly hint: string

  constructor(code: IdTokenErrorCode, message: string, details: ErrorDetails) {
    super(message, causeOf(details))
    this.code = code
    this.hint = details.hint
    brand(this, idToken)
  }
}

/**
 * Whether a value is a {@link TargetNotAllowedError}, also one of another installed copy of this
 * package, where `instanceof` fails.
 *
 * @param value anything, such as what a `catch` got
 */
export function isTargetNotAllowedError(value: unknown): value is TargetNotAllowedError {
  return isBranded(value, targetNotAllowed)
}

/**
 * Whether a value is an {@link IdTokenError}, also one of another installed copy of this package,
 * where `instanceof` fails.
 *
 * @param value anything, such as what a `catch` got
 */
export function isIdTokenError(value: unknown): value is IdTokenError {
  return isBranded(value, idToken)
}

const targetNotAllowed = Symbol.for('@countersign/caller/TargetNotAllowedError')
const idToken = Symbol.for('@countersign/caller/IdTokenError')

/** Not enumerable, so that a logged error doesn't show it. */
function brand(error: Error, symbol: symbol): void {
  Object.defineProperty(error, symbol, { value: true })
}

function isBranded(value: unknown, symbol: symbol): boolean {
  return typeof value === 'object' && value !== null && symbol in value
}

function causeOf(details: ErrorDetails): ErrorOptions {
  return 'cause' in details ? { cause: details.cause } : {}
}
