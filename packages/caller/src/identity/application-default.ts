import { assertText } from '@countersign/shared/checks'
import type { AccessTokenSource, IdentityOptions, IdentitySource } from '../options.ts'
import { defaultSource } from './default-source.ts'
import { assertIdentityOptions, type OwnNames } from './identity-options.ts'
import { impersonate } from './impersonate.ts'

/** The options of `applicationDefault`. */
export interface ApplicationDefaultOptions extends IdentityOptions {
  /**
   * The email of a service account to impersonate with the credentials that are found. With it, a
   * developer's own credentials can be used to call services.
   *
   * @default the account that is found
   */
  serviceAccount?: string
}

/**
 * Application Default Credentials, found as Google's libraries find them: the file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, else gcloud's own file, else the metadata server. There is no
 * probe, and `gcloud` is not run.
 *
 * A person's own credentials are refused (`user_credentials`), unless `serviceAccount` is given.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 *
 * @param options the account to impersonate, and how to reach Google
 * @throws {TypeError} if an option, or a variable of the environment, is wrong
 */
export function applicationDefault(
  options: ApplicationDefaultOptions = {},
): IdentitySource & AccessTokenSource {
  assertIdentityOptions(options, ownNames, 'applicationDefault options')
  const { serviceAccount, ...more } = options
  assertText(serviceAccount, 'serviceAccount')
  return serviceAccount === undefined
    ? defaultSource(more)
    : impersonate({ ...more, serviceAccount })
}

const ownNames: OwnNames<ApplicationDefaultOptions> = { serviceAccount: true }
