import type { ExternalAccountConfig } from '../credentials.ts'
import type { Json } from '../tokens/source.ts'
import { readCredentialSource } from './credential-source.ts'
import { readGoogleUrl } from './google-urls.ts'
import {
  assertType,
  type CheckedImpersonation,
  checkImpersonation,
  optionalText,
  text,
} from './parse-credentials.ts'

/** A federation: who is to be become, and how. */
export interface CheckedFederation {
  /** The full name of the pool's provider. */
  readonly audience: string
  readonly subjectTokenType: string
  readonly tokenUrl: URL
  /** The project that is billed for an exchange of a workforce pool. */
  readonly userProject: string | undefined
  /** Where the foreign token comes from: as google-auth-library reads it, or code that gets it. */
  readonly source: Json | (() => Promise<string>)
  readonly account: CheckedImpersonation
}

/**
 * Checks a federation's configuration, and takes out of it what is known, field by field: the library
 * also reads each by a name in camel case, and many more, such as another URL to send the token to.
 *
 * @throws {TypeError} where it is wrong
 */
export function checkFederation(
  config: ExternalAccountConfig | Json,
  emulator: URL | undefined,
): CheckedFederation {
  const fields: Json = { ...config }
  assertType(fields, 'external_account')
  if (fields.token_info_url !== undefined) {
    readGoogleUrl(fields.token_info_url, 'token_info_url', emulator)
  }
  return {
    audience: text(fields, 'audience'),
    subjectTokenType: text(fields, 'subject_token_type'),
    tokenUrl: readGoogleUrl(fields.token_url, 'token_url', emulator),
    userProject: optionalText(fields, 'workforce_pool_user_project'),
    source: sourceOf(fields),
    account: checkImpersonation(fields, emulator),
  }
}

function sourceOf({
  credential_source: source,
  subjectToken,
  subject_token_supplier: supplier,
}: Json): CheckedFederation['source'] {
  if (supplier !== undefined) {
    throw new TypeError(
      'subject_token_supplier is read by google-auth-library alone: write subjectToken: () => Promise<string> in its place',
    )
  }
  if (subjectToken === undefined) return readCredentialSource(source)
  if (source !== undefined) {
    throw new TypeError('credential_source and subjectToken are both given: leave one of them out')
  }
  if (typeof subjectToken === 'function') return subjectToken as () => Promise<string>
  throw new TypeError('subjectToken must be a function that returns a promise of the token')
}
