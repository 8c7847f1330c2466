import { access, readFile } from 'node:fs/promises'
import { IdTokenError } from '../errors.ts'
import { type Environment, gcloudCredentialsFile, namedCredentialsFile } from './environment.ts'
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
 * @throws {@link IdTokenError} `no_credentials` where a file is named and can't be used
 */
export async function findCredentialsFile(env: Environment): Promise<CredentialsFile | undefined> {
  const named = namedCredentialsFile(env)
  if (named !== undefined) return readCredentialsFile(named)
  const gcloud = gcloudCredentialsFile(env)
  return gcloud !== undefined && (await exists(gcloud)) ? readCredentialsFile(gcloud) : undefined
}

/**
 * Reads a credentials file.
 *
 * @throws {@link IdTokenError} `no_credentials`
 */
export async function readCredentialsFile(path: string): Promise<CredentialsFile> {
  const fields = parseObject(await readFile(path, 'utf8').catch((cause) => unusable(path, cause)))
  return { path, fields: fields ?? unusable(path, new TypeError('It is no JSON object')) }
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
    if (cause instanceof TypeError) return unusable(path, cause)
    throw cause
  }
}

function unusable(path: string, cause: Error): never {
  throw new IdTokenError('no_credentials', `The credentials file ${path} can't be used`, {
    hint: `${cause.message}. Mend the file, or point GOOGLE_APPLICATION_CREDENTIALS to another.`,
    cause,
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
