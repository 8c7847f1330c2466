import type { Environment } from '@countersign/shared/environment'
import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../../errors.ts'
import { type Json, parseObject } from '../../tokens/source.ts'

/** A credentials file, and its content. */
export interface CredentialsFile {
  path: string
  fields: Json
}

/**
 * Finds the credentials file that Google's libraries would use: the one that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, else gcloud's own; undefined if there is neither.
 *
 * @throws {@link IdTokenError} `no_credentials` if the file can't be used
 */
export function findCredentialsFile(env: Environment): CredentialsFile | undefined {
  const named = namedCredentialsFile(env)
  if (named !== undefined) return readCredentialsFile(named)
  const gcloud = gcloudCredentialsFile(env)
  const { existsSync } = process.getBuiltinModule('node:fs')
  return gcloud !== undefined && existsSync(gcloud) ? readCredentialsFile(gcloud) : undefined
}

/**
 * Reads a credentials file. Synchronous, since it is 2 KB once an hour.
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

/** PowerShell's `>` writes UTF-16, and other programs write a byte order mark before UTF-8. */
function decoded(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\ufeff/, '')
}

/** The `echo` of some shells turns the `\n` of a key into line breaks, which JSON does not allow in a string. */
function withEscapedBreaks(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/gs, (text) => text.replace(/\r?\n/g, '\\n'))
}

/** Describes a content that is not a JSON object. */
function whatElse(text: string): string {
  if (text.trim() === '') return 'The file is empty'
  if (text.includes('-----BEGIN'))
    return 'The file is not a JSON object: it is a key alone, or it is broken'
  return isBase64Json(text)
    ? 'The file is in base64: decode it first'
    : 'The file is not a JSON object'
}

/** By mistake the path can be the key itself, as JSON or base64, which no error must repeat. */
function isPath(text: string): boolean {
  return text.length < 1024 && !/[{\n]/.test(text) && !isBase64Json(text)
}

function isBase64Json(text: string): boolean {
  return Buffer.from(text.slice(0, 64), 'base64').toString().trimStart().startsWith('{')
}

function noPath(): IdTokenError {
  return new IdTokenError('no_credentials', "Expected a file path, but got the file's content", {
    hint: 'Write the content to a file and give its path, in GOOGLE_APPLICATION_CREDENTIALS or in code; or give it in code as an object: serviceAccountKey(JSON.parse(text)).',
  })
}

/**
 * Calls a function with a file's content.
 *
 * @throws {@link IdTokenError} `no_credentials` if the function throws
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
    hint: `${why}. Fix the file, or point GOOGLE_APPLICATION_CREDENTIALS to another one.`,
    cause: redactedCause(cause),
  })
}

/** Explains the system's error for a file that can't be read, if its own words are not enough. */
function slipOf(path: string, cause: unknown): string | undefined {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EISDIR') return 'The path is a directory, which Docker makes if a file is missing'
  if (code !== 'ENOENT') return undefined
  if (/^~|[$%]/.test(path))
    return 'The file does not exist: ~ and variables are not expanded in a path'
  return path.startsWith('file:') ? 'The file does not exist: write a path, not a URL' : undefined
}

/** Returns the file that the environment names. */
export function namedCredentialsFile(env: Environment): string | undefined {
  return env.GOOGLE_APPLICATION_CREDENTIALS || env.google_application_credentials || undefined
}

/** Returns the path of gcloud's Application Default Credentials; undefined without a home folder. */
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
