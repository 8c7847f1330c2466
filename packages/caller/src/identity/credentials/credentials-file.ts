import type { Environment } from '@countersign/shared/environment'
import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../../errors.ts'
import { type Json, parseObject } from '../../tokens/source.ts'

/** A credentials file that was found. */
export interface CredentialsFile {
  path: string
  fields: Json
}

/**
 * Finds the credentials file that Google's libraries would take: the one that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, else gcloud's own; undefined where there is none.
 *
 * @throws {@link IdTokenError} `no_credentials` where there is one that can't be used
 */
export function findCredentialsFile(env: Environment): CredentialsFile | undefined {
  const named = namedCredentialsFile(env)
  if (named !== undefined) return readCredentialsFile(named)
  const gcloud = gcloudCredentialsFile(env)
  const { existsSync } = process.getBuiltinModule('node:fs')
  return gcloud !== undefined && existsSync(gcloud) ? readCredentialsFile(gcloud) : undefined
}

/**
 * Reads a credentials file. Synchronously: it is 2 KB, once an hour.
 *
 * @throws {@link IdTokenError} `no_credentials`
 */
export function readCredentialsFile(path: string): CredentialsFile {
  const text = readText(path)
  const fields = parseObject(text) ?? parseObject(withEscapedBreaks(text))
  return { path, fields: fields ?? unusable(path, new TypeError(whatElse(text))) }
}

function readText(path: string): string {
  if (!isPath(path)) throw noPath()
  try {
    return decoded(process.getBuiltinModule('node:fs').readFileSync(path))
  } catch (cause) {
    return unusable(path, cause)
  }
}

/** PowerShell's `>` writes UTF-16, and others a byte order mark before UTF-8. */
function decoded(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\ufeff/, '')
}

/** `echo` of some shells turns the `\n` of a key into line breaks, which no text of JSON's has. */
function withEscapedBreaks(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/gs, (text) => text.replace(/\r?\n/g, '\\n'))
}

/** What is there in the place of a JSON object. */
function whatElse(text: string): string {
  if (text.trim() === '') return 'It is empty'
  if (text.includes('-----BEGIN')) return 'It is no JSON object: a key alone, or a broken one'
  return isBase64Json(text) ? 'It is in base64: decode it first' : 'It is no JSON object'
}

/** A key itself, as JSON or base64, is a slip that no error may repeat. */
function isPath(text: string): boolean {
  return text.length < 1024 && !/[{\n]/.test(text) && !isBase64Json(text)
}

function isBase64Json(text: string): boolean {
  return Buffer.from(text.slice(0, 64), 'base64').toString().trimStart().startsWith('{')
}

function noPath(): IdTokenError {
  return new IdTokenError('no_credentials', 'What should be the path of a file is its content', {
    hint: 'Write the content to a file and give its path, in GOOGLE_APPLICATION_CREDENTIALS or in code; or give it in code as an object: serviceAccountKey(JSON.parse(text)).',
  })
}

/**
 * Does something with a file's content.
 *
 * @throws {@link IdTokenError} `no_credentials` where the content is wrong
 */
export function withFile<T>({ path, fields }: CredentialsFile, use: (fields: Json) => T): T {
  try {
    return use(fields)
  } catch (cause) {
    return unusable(path, cause)
  }
}

function unusable(path: string, cause: unknown): never {
  const why = slipOf(path, cause) ?? redact((cause as Error).message)
  throw new IdTokenError('no_credentials', `The credentials file ${redact(path)} can't be used`, {
    hint: `${why}. Mend the file, or point GOOGLE_APPLICATION_CREDENTIALS to another.`,
    cause: redactedCause(cause),
  })
}

/** What the system's words for a file that can't be read leave open. */
function slipOf(path: string, cause: unknown): string | undefined {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EISDIR') return 'It is a directory, as Docker makes one for a file that is missing'
  if (code !== 'ENOENT') return undefined
  if (/^~|[$%]/.test(path)) return 'There is no such file: ~ and variables are not expanded there'
  return path.startsWith('file:') ? 'There is no such file: write a path, not a URL' : undefined
}

/** The credentials file that somebody named. */
export function namedCredentialsFile(env: Environment): string | undefined {
  return env.GOOGLE_APPLICATION_CREDENTIALS || env.google_application_credentials || undefined
}

/** Where gcloud keeps Application Default Credentials; undefined where there is no home folder. */
export function gcloudCredentialsFile(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const folder = env.CLOUDSDK_CONFIG || gcloudFolder(env, platform)
  return folder && `${folder}/application_default_credentials.json`
}

function gcloudFolder(env: Environment, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return env.APPDATA && `${env.APPDATA}/gcloud`
  return env.HOME && `${env.HOME}/.config/gcloud`
}
