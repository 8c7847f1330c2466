/** Why a call was refused by this caller, before or instead of sending it. */
export type TargetNotAllowedCode =
  | 'target_not_allowed'
  | 'operation_not_allowed'
  | 'insecure_target'
  | 'target_beyond_emulator'
  | 'redirect_refused'
  | 'header_conflict'

/** Why there is no ID token to send. */
export type IdTokenErrorCode =
  | 'no_credentials'
  | 'user_credentials'
  | 'identity_unavailable'
  | 'identity_timeout'
  | 'token_rejected'

/** The details of an error, beside its code and message. */
export interface ErrorDetails {
  /** What to do about it, in one sentence. */
  hint: string
  /** The error that led to it. */
  cause?: unknown
}

/**
 * A call that this service must not make. Nothing was sent; for `redirect_refused`, nothing was sent to
 * the place that the redirect leads to.
 *
 * - `target_not_allowed`: the URL is not a configured target
 * - `operation_not_allowed`: the target doesn't allow this method or path
 * - `insecure_target`: the target's URL is https, and the call's URL is http
 * - `target_beyond_emulator`: the emulator counts, and the target is neither behind it nor on this machine
 * - `redirect_refused`: the answer redirects to a place that isn't a target, or can't be followed
 * - `header_conflict`: the request already has a header that the token goes into
 */
export class TargetNotAllowedError extends Error {
  override readonly name = 'TargetNotAllowedError'
  /** Why the call was refused. Stable, so code can depend on it. */
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
 * There is no ID token to send. The message, the hint and the causes contain no token, key or assertion.
 *
 * - `no_credentials`: no credentials were found, or their file can't be used
 * - `user_credentials`: the credentials are a person's, whose tokens name no service
 * - `identity_unavailable`: the token issuer refused, failed or couldn't be reached
 * - `identity_timeout`: the token issuer took too long
 * - `token_rejected`: the token issuer's answer isn't a token, or is expired, or is for another audience
 */
export class IdTokenError extends Error {
  override readonly name = 'IdTokenError'
  /** Why there is no token. Stable, so code can depend on it. */
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
 * Whether a value is a {@link TargetNotAllowedError}. Also recognizes errors of another installed copy of
 * this package, for which `instanceof` fails.
 *
 * @param value any value, such as a caught error
 */
export function isTargetNotAllowedError(value: unknown): value is TargetNotAllowedError {
  return isBranded(value, targetNotAllowed)
}

/**
 * Whether a value is an {@link IdTokenError}. Also recognizes errors of another installed copy of this
 * package, for which `instanceof` fails.
 *
 * @param value any value, such as a caught error
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
