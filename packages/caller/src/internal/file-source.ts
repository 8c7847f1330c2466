import { isObject, type Json, type TokenSource } from '../tokens/source.ts'
import { federation } from './federation.ts'
import { impersonation } from './impersonation.ts'
import { type KeySourceOptions, keySource } from './key-source.ts'
import { checkImpersonation, checkKey, checkUser } from './parse-credentials.ts'
import { checkFederation } from './parse-federation.ts'
import { userSource } from './user-source.ts'

/** What the sources of a credentials file need beside its content. */
export interface FileSourceOptions extends KeySourceOptions {
  readonly emulator: URL | undefined
}

/**
 * The source that a credentials file describes.
 *
 * @throws {TypeError} where the content is wrong, or of a type that gives no ID tokens
 */
export function fileSource(fields: Json, options: FileSourceOptions): TokenSource {
  const { emulator, fetch } = options
  switch (fields.type) {
    case 'service_account':
      return keySource(checkKey(fields, emulator), options)
    case 'authorized_user':
    case 'external_account_authorized_user':
      return userSource(checkUser(fields, emulator), fetch)
    case 'external_account':
      return federation(checkFederation(fields, emulator), { fetch })
    case 'impersonated_service_account':
      return impersonatedSource(fields, options)
    case undefined:
      throw new TypeError('It has no type: it is no credentials file, but an OAuth client maybe')
    default:
      throw new TypeError(`Its type is ${JSON.stringify(fields.type)}, which gives no ID tokens`)
  }
}

function impersonatedSource(fields: Json, options: FileSourceOptions): TokenSource {
  const { source_credentials: credentials } = fields
  if (!isObject(credentials)) throw new TypeError('source_credentials must be an object')
  const account = checkImpersonation(fields, options.emulator)
  return impersonation({
    ...account,
    source: fileSource(credentials, options),
    fetch: options.fetch,
  })
}
