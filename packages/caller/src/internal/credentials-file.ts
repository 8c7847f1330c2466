import type { Environment } from '@countersign/shared/environment'
import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../errors.ts'
import { gcloudCredentialsFile, namedCredentialsFile } from './environment.ts'
import { type Json, parseObject } from './json.ts'

/** A credentials file that was found. */
export interface CredentialsFile {
  readonly path: string
  readonly fields: Json
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
  const fields = parseObject(readText(path))
  return { path, fields: fields ?? unusable(path, new TypeError('It is no JSON object')) }
}

function readText(path: string): string {
  if (!isPath(path)) throw noPath()
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8')
  } catch (cause) {
    return unusable(path, cause)
  }
}

/** A key itself, as JSON or base64, is a slip that no error may repeat. */
function isPath(text: string): boolean {
  return text.length < 1024 && !/[{\n]/.test(text)
}

function noPath(): IdTokenError {
  return new IdTokenError('no_credentials', 'What should be the path of a file is its content', {
    hint: 'Write the content to a file and give its path, in GOOGLE_APPLICATION_CREDENTIALS or in code.',
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
  const why = redact((cause as Error).message)
  throw new IdTokenError('no_credentials', `The credentials file ${redact(path)} can't be used`, {
    hint: `${why}. Mend the file, or point GOOGLE_APPLICATION_CREDENTIALS to another.`,
    cause: redactedCause(cause),
  })
}
