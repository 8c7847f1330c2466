import { isError } from './errors.ts'

/**
 * Possible secrets, each with a text in lower case that it contains: most texts contain none of these, and
 * a search for them costs a tenth of one for the patterns. A JWT, three segments as long as those of a JWT,
 * Google's access and refresh tokens, client secrets and API keys, private keys, the key ids of AWS, the
 * credentials of a header, cookies.
 */
const secrets: readonly (readonly [sign: string, pattern: RegExp])[] = [
  ['.', /[\w-](?<![\w-]{2})[\w-]{7,}\.[\w-]{8,}\.[\w-]{24,}(?:\.[\w-]*)*/g],
  ['eyj', /(?<![A-Za-z0-9])eyJ[\w-]{4,}(?:\.[\w-]*)*|[eE][yY][jJ][\w-]{17,}(?:\.[\w-]*)*/g],
  ['ya29.', /ya29\.[\w.-]+/gi],
  ['1//', /(?<!\w)1\/\/[\w-]{8,}/g],
  ['gocspx-', /GOCSPX-[\w-]+/gi],
  ['aiza', /AIza[\w-]{30,}/g],
  ['-----begin ', /-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)/g],
  ['akia', /AKIA[A-Z0-9]{16}/g],
  ['asia', /ASIA[A-Z0-9]{16}/g],
  ['bearer', /(?<=\b(?:[bB]earer|BEARER)[\s+]{1,9})[\w.~+/-]{8,}=*/g],
  ['basic', /(?<=\b[bB]asic[\s+]{1,9})[\w.~+/-]{8,}=*/g],
  ['cookie:', /(?<=cookie:\s{0,9})[^\s"'][^\r\n"']*/gi],
]

/** Names whose values are secrets: in JSON, in a form, in the environment. */
const named =
  /((?:token|secret|passw(?:or)?d|passphrase|assertion|cookie|(?:private|api|access)[-_]?key)(?:["'\\]+\s{0,9}:\s{0,9}["'\\]+|=["']?))[^\s"'\\&;,]{6,}/gi

const secretName = /token|secret|passw|passphrase|assertion|cookie|key/i

/** Base64 has slashes. Paths look similar, and stay. Runs are looked for at their beginning only. */
const longRunsWithSlashes = /[\w+/=-](?<![\w+/=-]{2})[\w+/=-]{47,}/g

/** The same without slashes: an opaque token in a path. */
const longSegments = /[\w+=-](?<![\w+=-]{2})[\w+=-]{35,}/g

/** Keys and opaque tokens. Names of words can be as long, and stay. */
const longRuns = /[\w+=-](?<![\w+=-]{2})[\w+=-]{47,}/g

/** AWS's secret keys. The end of a URL can look similar, but follows a dot or a dash. */
const awsKeys = /[A-Za-z0-9+](?<![\w+/=.-]{2})[A-Za-z0-9+/]{39}(?![\w+/=-])/g

/** The user and the password of a URL. */
const userinfo = /(?<=[/\\]{2})[^\s/\\?#"'<>]*@/g

/** The query and the fragment of a URL, whole. */
const queries = /(?<=[\w/%.~\])-])[?#][^\s"'<>]+/g

/** Characters that terminals, editors and log viewers obey: control and bidi characters, line separators. */
const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const notPlain = /[^\x20-\x7e]/

/** Without these characters, a text is what it looks like. */
const disguise = /[^\x20-\x7e]|[%\\]/

const mark = '[redacted]'

/**
 * So many characters more are read than are shown, so that a secret at the end of the shown part is
 * recognised. Not the whole text, since callers choose how long a path is.
 */
const readAhead = 300

/** Enough where no character is escaped. */
const plainReadAhead = 100

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
  const shown = disguise.test(read)
    ? escapeControls(withHidden(hide, read).slice(0, maxLength + 1))
    : hide(read.slice(0, maxLength + plainReadAhead))
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown
}

/** The text as it was written, unless more secrets are found in its decoded form. */
function withHidden(hide: (text: string) => string, text: string): string {
  const plain = hide(text)
  const bare = withoutDisguise(text)
  const found = hide(bare)
  return found === withoutDisguise(plain) ? plain : found
}

/**
 * A text without anything that looks like a secret: tokens, keys, credentials of headers and URLs.
 *
 * @param text any
 */
export function withoutCredentials(text: string): string {
  let shown = text
  const lower = text.toLowerCase()
  for (const [sign, pattern] of secrets) {
    if (lower.includes(sign)) shown = shown.replace(pattern, mark)
  }
  if (secretName.test(shown)) shown = shown.replace(named, `$1${mark}`)
  shown = shown
    .replace(longRunsWithSlashes, (run) => (isRandom(run) ? mark : run))
    .replace(longSegments, (segment) => (isRandom(segment) ? mark : segment))
    .replace(awsKeys, (key) => (isRandom(key, 0.38) ? mark : key))
  return shown.includes('@') ? shown.replace(userinfo, `${mark}@`) : shown
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
  if (!isError(error)) return causeOf(messageOf(error), textOf)
  const more = depth > 0 && error.cause !== undefined
  const copy = new Error(
    textOf(error),
    more ? { cause: redactedCause(error.cause, textOf, depth - 1) } : {},
  )
  copy.name = redact(error.name)
  copy.stack = `${copy.name}: ${copy.message}`
  return 'code' in error ? Object.assign(copy, { code: codeOf(error.code) }) : copy
}

function causeOf(message: string | undefined, textOf: (error: Error) => string): unknown {
  return message === undefined ? undefined : redactedCause(new Error(message), textOf)
}

function codeOf(code: unknown): unknown {
  return typeof code === 'string' ? redact(code) : typeof code === 'number' ? code : undefined
}

/** An error in one line, with its cause, for `health()`, events and the log. */
export function errorText(error: unknown): string {
  if (!isError(error)) return redact(messageOf(error) ?? 'something that is not an error')
  const { message, cause } = error
  return redact(isError(cause) ? `${message}: ${cause.message}` : message)
}

/** Anything can be thrown: a number, an object that has only a message, or one that can't become a text. */
function messageOf(thrown: unknown): string | undefined {
  if (thrown === undefined || typeof thrown === 'function') return undefined
  if (typeof thrown !== 'object') return String(thrown)
  try {
    const { message } = thrown as Partial<Error>
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/**
 * A text whose control and bidi characters are escaped, so that it moves no cursor, ends no line and
 * reverses no text for its reader.
 *
 * @param text any
 */
export function escapeControls(text: string): string {
  if (!notPlain.test(text)) return text
  return text.replace(controls, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
  })
}

function withoutSecrets(text: string): string {
  const shown = withoutCredentials(text).replace(longRuns, (run) => (isName(run) ? run : mark))
  return shown.includes('?') || shown.includes('#') ? shown.replace(queries, '') : shown
}

/** Percent-encoding can be encoded again, by each server that a text passes. */
const mostEncodings = 5

/** The escapes of JSON and of other languages, each with any number of backslashes. */
const codeEscapes = /\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/gi
const otherEscapes = /\\+(?:[bfnrtv0]|(?=\/))/g

/** Line folds, and everything that is not printable ASCII, with what a terminal takes for a colour. */
const breaks = /[\r\n]+[ \t]+|[^\x20-\x7e]+(?:\[[\d;]*m)?/g

/** The text that a reader of a disguised one gets, who undoes escapes and skips what splits it. */
function withoutDisguise(text: string): string {
  let bare = text
  for (let times = 0; times < mostEncodings && bare.includes('%'); times += 1) {
    bare = unescape(bare) // unlike decodeURIComponent, it skips broken escapes
  }
  if (bare.includes('\\')) {
    bare = bare
      .replace(codeEscapes, (_, unicode, hex = unicode) => String.fromCharCode(Number(`0x${hex}`)))
      .replace(otherEscapes, '')
  }
  return bare.replace(breaks, '')
}

/** Whether a run is words with dashes between. */
function isName(run: string): boolean {
  return /^(?:[a-z0-9]{1,24}[-_])+[a-z0-9]{1,24}$/.test(run)
}

/**
 * Base64 of something random has letters of both cases and digits, in no order.
 *
 * @param changes how often the kind of a character changes at least, of all characters
 */
function isRandom(run: string, changes = 0.45): boolean {
  if (!/[A-Z]/.test(run) || !/\d/.test(run) || !/[a-z]/.test(run)) return false
  let changed = 0
  let before = kindOf(run.charCodeAt(0))
  for (let at = 1; at < run.length; at += 1) {
    const kind = kindOf(run.charCodeAt(at))
    if (kind !== before) changed += 1
    before = kind
  }
  return changed > run.length * changes
}

/** Digits, capitals, small letters, and each of the others by itself. */
function kindOf(code: number): number {
  if (code >= 97) return 97
  if (code >= 65 && code <= 90) return 65
  return code >= 48 && code <= 57 ? 48 : code
}
