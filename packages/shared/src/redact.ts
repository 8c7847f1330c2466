import { isError } from './errors.ts'

/**
 * Possible secrets: a JWT, three segments as long as those of a JWT, Google's access and refresh tokens
 * and client secrets, the credentials of a header, and keys.
 */
const secrets =
  /(?<![A-Za-z0-9])eyJ[\w-]{4,}(?:\.[\w-]*)*|[eE][yY][jJ][\w-]{17,}(?:\.[\w-]*)*|(?<![\w-])[\w-]{8,}\.[\w-]{8,}\.[\w-]{24,}|ya29\.[\w.-]+|(?<!\w)1\/\/[\w-]{8,}|GOCSPX-[\w-]+|-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)|(?<=\b(?:[bB]earer|BEARER|[bB]asic)[\s+]{1,9})[\w.~+/-]{8,}=*/g

/** Base64 has slashes. Paths look similar, and stay. */
const longRunsWithSlashes = /[\w+/=-]{48,}/g

/** Keys and opaque tokens. Names of words can be as long, and stay. */
const longRuns = /[\w+=-]{48,}/g

/** The user and the password of a URL. */
const userinfo = /(?<=[/\\]{2})[^\s/\\?#"'<>]*@/g

/** The query and the fragment of a URL, whole. */
const queries = /(?<=[\w/%.~\])-])[?#][^\s"'<>]+/g

/** Characters that terminals, editors and log viewers obey: control and bidi characters, line separators. */
const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const mark = '[redacted]'

/**
 * So many characters more are read than are shown, so that a secret at the end of the shown part is
 * recognised. Not the whole text, since callers choose how long a path is.
 */
const readAhead = 300

/** A text is no longer than a few lines of a terminal. */
const longestText = 300

/** Most paths, which are examined for each call: too short and too simple to hold a secret. */
const simplePath = /^(?:\/[\w~-]{1,24})*\/?$/

/**
 * A text from outside, for an error, an event, a log or a span: without possible secrets, and without the user, the query and the fragment of URLs; control characters are escaped.
 *
 * @param text an error's message, a header's value, a claim
 * @param maxLength how much of it to keep, in characters
 */
export function redact(text: string, maxLength: number = longestText): string {
  return redactWith(withoutSecrets, text, maxLength)
}

/**
 * The same with other rules for what is hidden. A secret that is percent-encoded, folded or split by invisible
 * characters is found too.
 *
 * @param hide removes the secrets of a text
 * @param text the text
 * @param maxLength how much of it to keep, in characters
 */
export function redactWith(
  hide: (text: string) => string,
  text: string,
  maxLength: number,
): string {
  const read = text.slice(0, maxLength + readAhead)
  const shown = escapeControls(withHidden(hide, read))
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown
}

/** The text as it was written, unless more secrets are found in its decoded form. */
function withHidden(hide: (text: string) => string, text: string): string {
  const plain = hide(text)
  const bare = withoutDisguise(text)
  if (bare === text) return plain
  const found = hide(bare)
  return found === withoutDisguise(plain) ? plain : found
}

/**
 * A text without anything that looks like a secret: tokens, keys, credentials of headers and URLs.
 *
 * @param text any
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(secrets, mark)
    .replace(longRunsWithSlashes, (run) => (isRandom(run) ? mark : run))
    .replace(userinfo, `${mark}@`)
}

/**
 * A request's path for an event, a log or a span: without its query and possible secrets.
 *
 * @param target the path, or a whole request target
 */
export function redactedPath(target: string): string {
  if (target.length <= longestText && simplePath.test(target)) return target
  return redact(target.split('?', 1)[0] as string)
}

/**
 * A URL for an error, an event or a span: without user, password, query and fragment, and without
 * possible secrets in its host or path.
 *
 * @param url of any scheme; only http(s) URLs are shown in full
 */
export function redactedUrl({ protocol, origin, pathname }: URL): string {
  const isHttp = protocol === 'https:' || protocol === 'http:'
  return isHttp ? redactedPath(origin + pathname) : protocol
}

/**
 * An error as a cause that can be logged: its name, code and message, and those of its own causes.
 * HTTP clients attach requests and responses to their errors, tokens included, and a logger prints them
 * whole.
 *
 * @param error what was thrown
 * @param textOf returns the part of an error's message that can be shown
 * @param depth how many causes deep to go
 */
export function redactedCause(
  error: unknown,
  textOf = ({ message }: Error): string => redact(message),
  depth = 4,
): unknown {
  if (typeof error === 'string') return textOf(new Error(error))
  if (!isError(error)) return undefined
  const more = depth > 0 && error.cause !== undefined
  const copy = new Error(
    textOf(error),
    more ? { cause: redactedCause(error.cause, textOf, depth - 1) } : {},
  )
  copy.name = redact(error.name)
  copy.stack = `${copy.name}: ${copy.message}`
  return 'code' in error ? Object.assign(copy, { code: codeOf(error.code) }) : copy
}

function codeOf(code: unknown): unknown {
  return typeof code === 'string' ? redact(code) : typeof code === 'number' ? code : undefined
}

/** An error in one line, with its cause, for `health()`, events and the log. */
export function errorText(error: unknown): string {
  if (!isError(error)) return redact(String(error))
  const { message, cause } = error
  return redact(isError(cause) ? `${message}: ${cause.message}` : message)
}

/**
 * A text whose control and bidi characters are escaped, so that it moves no cursor, ends no line and
 * reverses no text for its reader.
 *
 * @param text any
 */
export function escapeControls(text: string): string {
  return text.replace(controls, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
  })
}

function withoutSecrets(text: string): string {
  return withoutCredentials(text)
    .replace(longRuns, (run) => (isName(run) ? run : mark))
    .replace(queries, '')
}

/** Percent-encoding undone, up to three times over, and line folds and invisible characters removed. */
function withoutDisguise(text: string): string {
  let bare = text.replace(/\r?\n[ \t]+|[^\P{Cc}\r\n]|\p{Cf}/gu, '')
  for (let times = 0; times < 3 && bare.includes('%'); times += 1) {
    bare = bare.replace(/%(?:25)*([2-7][0-9a-f])/gi, (_, hex) => {
      return String.fromCharCode(Number.parseInt(hex, 16))
    })
  }
  return bare
}

/** Whether a run is words with dashes between. */
function isName(run: string): boolean {
  return /^(?:[a-z0-9]{1,24}[-_])+[a-z0-9]{1,24}$/.test(run)
}

/** Base64 of something random has letters of both cases and digits, in no order. */
function isRandom(run: string): boolean {
  if (!/[a-z]/.test(run) || !/[A-Z]/.test(run) || !/\d/.test(run)) return false
  let changes = 0
  for (let at = 1; at < run.length; at += 1) {
    if (kindOf(run.charCodeAt(at)) !== kindOf(run.charCodeAt(at - 1))) changes += 1
  }
  return changes > run.length * 0.45
}

/** Digits, capitals, small letters, and each of the others by itself. */
function kindOf(code: number): number {
  if (code >= 97) return 97
  if (code >= 65 && code <= 90) return 65
  return code >= 48 && code <= 57 ? 48 : code
}
