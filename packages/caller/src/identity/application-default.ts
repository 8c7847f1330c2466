import { assertText } from '@countersign/shared/checks'
import type { AccessTokenSource, IdentityOptions, IdentitySource } from '../options.ts'
import { defaultSource } from './default-source.ts'
import { assertIdentityOptions, type OwnNames } from './identity-options.ts'
import { impersonate } from './impersonate.ts'

/** What `applicationDefault` takes. */
export interface ApplicationDefaultOptions extends IdentityOptions {
  /**
   * The email of a service account to impersonate with whatever is found: what makes a developer's
   * own credentials fit to call services.
   *
   * @default the account that is found
   */
  serviceAccount?: string
}

/**
 * Application Default Credentials, found as Google's libraries find them: the file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, else gcloud's own file, else the metadata server. Nothing
 * is probed, and no `gcloud` is run.
 *
 * A person's own credentials are refused (`user_credentials`), unless `serviceAccount` is given.
 *
 * Source: https://cloud.google.com/docs/authentication/application-default-credentials
 *
 * @param options whom to impersonate, and how to reach Google
 * @throws {TypeError} where an option, or the environment, is wrong
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
