import { isImpossibleAudience, urlOfBareHost } from '@countersign/shared/checks'
import { compilePath, isPlainPath, isPlainPattern, patternRemedy } from '@countersign/shared/paths'
import { parsedUrl } from '@countersign/shared/realm/urls'
import * as v from 'valibot'
import { oneOf, type Schema, textLike } from './shapes.ts'

/**
 * Google's rule for an account's id, the part of its email in front of the `@`.
 *
 * @see https://cloud.google.com/iam/docs/service-accounts-create#creating
 */
export const accountIdHint = "an account's id has 6 to 30 characters"

const impossible = /^([a-z0-9._-]{1,5}|[a-z0-9._-]{31,})@[a-z0-9.-]+\.iam\.gserviceaccount\.com$/

/**
 * Whether a service account with this email can exist. The rule about the length is only for accounts that
 * people create: Google's own, such as `PROJECT@appspot.gserviceaccount.com`, can have other lengths.
 */
export function canExist(email: string): boolean {
  return !impossible.test(email)
}

// The forms of the texts in a policy. A schema's message says what to write.

/** A service's name on Cloud Run, which is also a label of its URL. */
export const serviceName: Schema<string> = textLike(
  /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'write a name of lower-case letters, digits and hyphens, such as "user-profiles"',
)

/** A project's id. `example.com:acme` is the id of a project that belongs to a domain. */
export const projectId: Schema<string> = textLike(
  /^([a-z0-9.-]+:)?[a-z0-9-]+$/,
  'write the id of a Google Cloud project, such as "acme"',
)

/** A project's number. */
export const projectNumber: Schema<string> = textLike(
  /^[0-9]+$/,
  'write the project\'s number in quotes, which this prints: gcloud projects describe PROJECT --format="value(projectNumber)"',
)

/** A region of Google Cloud. */
export const region: Schema<string> = textLike(
  /^[a-z]+(-[a-z0-9]+)+$/,
  'write a region, such as "us-central1"',
)

/** An account's id, with `{service}` for the service's name. */
export const accountTemplate: Schema<string> = textLike(
  /^([a-z][a-z0-9-]*)?\{service\}([a-z0-9-]*[a-z0-9])?$/,
  'write an account\'s id with {service} for the service\'s name, such as "{service}-run"',
)

/** The email of a service account. Google also signs tokens of human accounts, with the same keys. */
export const serviceAccount: Schema<string> = v.pipe(
  textLike(
    /^[a-z0-9._-]+@([a-z0-9-]+\.)+gserviceaccount\.com$/,
    'write a service account\'s email in lower case, such as "login-run@acme.iam.gserviceaccount.com"',
  ),
  v.check(
    canExist,
    `write the email of an account that can exist (${accountIdHint}), such as "login-run@acme.iam.gserviceaccount.com"; or leave out a service's serviceAccount, and write "accounts": "{service}-run" in its environment`,
  ),
)

/** A service account's unique id. */
export const subject: Schema<string> = textLike(
  /^[0-9]+$/,
  'write the unique id in quotes, which this prints: gcloud iam service-accounts describe EMAIL --format="value(uniqueId)"',
)

/** An `aud`. `COUNTERSIGN_AUDIENCE` separates several by commas, and a shell can evaluate that variable. */
export const audience: Schema<string> = firstFault(
  v.pipe(
    textLike(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control and invisible characters are refused
      /^[^\s,\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f]+$/,
      'write an aud without spaces, commas and invisible characters, such as "https://user-profiles.acme.example"',
    ),
    v.check(
      (text) => urlOfBareHost(text) === undefined,
      ({ input }) => `write "${urlOfBareHost(input)}", since an aud of Google's has a scheme`,
    ),
    v.check(
      (text) => !isImpossibleAudience(text),
      'write an aud without quotation marks, brackets, wildcards and variables',
    ),
  ),
)

/** An https origin, in the form of an `aud`: no path, no slash at the end, no user, no query. */
export const origin: Schema<string> = v.pipe(
  v.string(({ input }) => originHint(input)),
  v.check(isHttpsOrigin, ({ input }) => originHint(input)),
)

/** A text that isn't empty. */
export const someText: Schema<string> = textLike(/\S/, 'write a text, or leave it out')

/** Hosts of URLs can have `$`, backquotes and the like, and `doctor --print-job` writes the URL into a command. */
function isHttpsOrigin(text: string): boolean {
  const url = plainHost.test(text) && text.startsWith('https://') ? parsedUrl(text) : undefined
  return url !== undefined && url.origin === text && !url.hostname.endsWith('.')
}

const plainHost = /^(?:\w+:\/\/)?[\w.:[\]-]*$/

function originHint(input: unknown): string {
  const given = (typeof input === 'string' && parsedUrl(input)?.host) || ''
  const host = plainHost.test(given) ? given.replace(/\.$/, '') : ''
  const example = `https://${host || 'search-123.us-central1.run.app'}`
  return `write "${example}", an https origin without a path or a slash at the end`
}

/** The methods that a rule can name. */
const methods = {
  GET: true,
  HEAD: true,
  POST: true,
  PUT: true,
  PATCH: true,
  DELETE: true,
  OPTIONS: true,
  QUERY: true,
} as const

/** The hint for a path that two servers can read differently. */
const plainHint =
  'write a path without "//", ";", "%23", "%2f", "%3f", "%5c", "%00", dot segments and broken escapes, which no rule covers'

const patternHint = 'write a pattern for the whole path, such as "/profiles/:id"'
const routeHint = `write a method (${Object.keys(methods).join(', ')}) and a path pattern, such as "GET /ready"`

/** A method in upper case. */
export const method: Schema<keyof typeof methods> = oneOf(methods)

/** A path-to-regexp pattern for a whole path. */
export const pathPattern: Schema<string> = firstFault(
  v.pipe(
    v.string(patternHint),
    v.check(isPlainPattern, plainHint),
    v.check(isPattern, ({ input }) => hintFor(input)),
  ),
)

/** A route that needs no token: a method and a path pattern. */
export const route: Schema<string> = firstFault(
  v.pipe(
    v.string(routeHint),
    v.check(isPlainPattern, plainHint),
    v.check(isRoute, ({ input }) => routeHintFor(input)),
  ),
)

/** An exact path, without the characters that have a meaning in a pattern. */
export const exactPath: Schema<string> = firstFault(
  v.pipe(
    textLike(
      /^\/(?!\/)[^\s#?{}()[\]+!:*\\]*$/,
      'write a path without parameters and query, such as "/push/orders"',
    ),
    v.check(isPlainPath, plainHint),
  ),
)

/** A text that begins with a slash has the wrong syntax; any other text is no path at all. */
function hintFor(text: string): string {
  return /^\/[^\s#?]*$/.test(text) ? patternRemedy(text) : patternHint
}

function routeHintFor(text: string): string {
  const [name, path = '', ...rest] = text.split(' ')
  const isOnlyPathWrong = v.is(method, name) && path.startsWith('/') && rest.length === 0
  return isOnlyPathWrong ? patternRemedy(path, `${name} `) : routeHint
}

function isRoute(text: string): boolean {
  const [name, path, ...rest] = text.split(' ')
  return v.is(method, name) && path !== undefined && isPattern(path) && rest.length === 0
}

/**
 * Reads patterns as receiver and caller do: if one of them refused a newer list, its old list would stay in
 * force.
 */
function isPattern(text: string): boolean {
  if (/[\s#?]/.test(text)) return false
  try {
    compilePath(text, 'path')
    return true
  } catch {
    return false
  }
}

/** Reports only the first fault of a text. */
function firstFault<T extends v.GenericSchema<string, string>>(schema: T): T {
  return v.config(schema, { abortPipeEarly: true })
}
