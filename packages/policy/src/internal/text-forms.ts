import * as v from 'valibot'
import { accountIdHint, canExist } from './account-ids.ts'
import { type Schema, textLike } from './shapes.ts'

// The texts a policy is made of. A schema's message says what to write, whatever came instead.

/** A service's name, as Cloud Run has them: also a label of its URL. */
export const serviceName: Schema<string> = textLike(
  /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'write a name of lower-case letters, digits and hyphens, such as "user-profiles"',
)

/** A project's id. `example.com:acme` is one that belongs to a domain. */
export const projectId: Schema<string> = textLike(
  /^([a-z0-9.-]+:)?[a-z0-9-]+$/,
  'write the id of a Google Cloud project, such as "acme"',
)

/** A project's number. */
export const projectNumber: Schema<string> = textLike(
  /^[0-9]+$/,
  'write the project\'s number in quotes: gcloud projects describe PROJECT --format="value(projectNumber)" prints it',
)

/** A region of Google Cloud. */
export const region: Schema<string> = textLike(
  /^[a-z]+(-[a-z0-9]+)+$/,
  'write a region, such as "us-central1"',
)

/** How an account's id follows from a service's name. */
export const accountTemplate: Schema<string> = textLike(
  /^([a-z][a-z0-9-]*)?\{service\}([a-z0-9-]*[a-z0-9])?$/,
  'write how an account\'s id follows from its service\'s name, with {service} in it: "{service}-run"',
)

/** The email of a service account. Google signs for human accounts too, with the same keys. */
export const serviceAccount: Schema<string> = v.pipe(
  textLike(
    /^[a-z0-9._-]+@([a-z0-9-]+\.)+gserviceaccount\.com$/,
    'write a service account\'s email in lower case, such as "login-run@acme.iam.gserviceaccount.com"',
  ),
  v.check(
    canExist,
    `write the email of an account that can exist, such as "login-run@acme.iam.gserviceaccount.com": ${accountIdHint}; or leave out a service's, with "accounts": "{service}-run" in its environment`,
  ),
)

/** A service account's unique id. */
export const subject: Schema<string> = textLike(
  /^[0-9]+$/,
  'write the unique id in quotes: gcloud iam service-accounts describe EMAIL --format="value(uniqueId)" prints it',
)

/** An `aud`. `COUNTERSIGN_AUDIENCE` has them separated by commas, and a shell may evaluate that. */
export const audience: Schema<string> = textLike(
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /^[^\s,\u0000-\u001f\u007f-\u009f]+$/,
  'write an aud without spaces and commas, such as "https://user-profiles.acme.example"',
)

/** An https origin, as `aud` has it: no path, no slash at the end, no user, no query. */
export const origin: Schema<string> = v.pipe(
  v.string(({ input }) => originHint(input)),
  v.check(isHttpsOrigin, ({ input }) => originHint(input)),
)

/** Any text that isn't empty. */
export const someText: Schema<string> = textLike(/\S/, 'write a text, or leave it out')

function isHttpsOrigin(text: string): boolean {
  if (!text.startsWith('https://') || !URL.canParse(text)) return false
  const url = new URL(text)
  return url.origin === text && !url.hostname.endsWith('.')
}

function originHint(input: unknown): string {
  const host = typeof input === 'string' && URL.canParse(input) ? new URL(input).host : ''
  const example = `https://${host.replace(/\.$/, '') || 'search-123.us-central1.run.app'}`
  return `write an https origin, without a path or a slash at the end: "${example}"`
}
