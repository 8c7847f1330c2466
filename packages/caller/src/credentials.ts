/** A service account's key file, as Google's console and `gcloud iam service-accounts keys` write it. */
export interface ServiceAccountKey {
  /** `service_account`. */
  type: string
  /** The account's email. */
  client_email: string
  /** PKCS #8 in PEM. */
  private_key: string
  /** Which of the account's keys it is: the `kid` of the JWT that is exchanged. */
  private_key_id?: string
  /**
   * Where the key is exchanged for tokens: one of Google's token endpoints, or the emulator's.
   *
   * @default 'https://oauth2.googleapis.com/token'
   */
  token_uri?: string
  /** The account's project. Not read. */
  project_id?: string
  /** The account's unique id. Not read. */
  client_id?: string
  /** Where people log in. Not read. */
  auth_uri?: string
  /** Certificates of Google's keys. Not read. */
  auth_provider_x509_cert_url?: string
  /** The account's certificates. Not read. */
  client_x509_cert_url?: string
  /** Google's universe. Not read: tokens are asked for at `token_uri`. */
  universe_domain?: string
}

/**
 * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
 * create-cred-config` writes it. `token_url`, `token_info_url` and `service_account_impersonation_url`
 * must be Google's own endpoints for that, or the emulator's. `credential_source` leads wherever it
 * says, to a program that is run too: take it from nobody else.
 *
 * Source: https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 */
export interface ExternalAccountConfig {
  /** `external_account`. */
  type: string
  /** The full name of the pool's provider. */
  audience: string
  /** What the foreign token is, such as `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 section 3). */
  subject_token_type: string
  /** The token exchange (RFC 8693): Google's Security Token Service. */
  token_url: string
  /** Its introspection. Checked, and not asked. */
  token_info_url?: string
  /**
   * The service account to become. Google's libraries can do without; here it is needed, since a
   * federated identity has no Google ID tokens of its own.
   */
  service_account_impersonation_url?: string
  /** How long its access tokens live. Not read: ID tokens live an hour. */
  service_account_impersonation?: { token_lifetime_seconds?: number }
  /**
   * Where the foreign token comes from: a `file`, a `url`, an `executable` (which the library runs only
   * with `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1`), or AWS (`environment_id`). Either this or
   * `subjectToken`.
   */
  credential_source?: object
  /**
   * Gets the foreign token, where only code can: on platforms that hand it out with each request. Called
   * whenever a new ID token is needed, about once an hour, within the call that needs it, so that
   * `AsyncLocalStorage` holds. It has 9 seconds, and what it throws becomes the error's cause, without
   * secrets. Needs no `google-auth-library`. Either this or `credential_source`.
   *
   * @example
   * ```ts
   * import { getVercelOidcToken } from '@vercel/oidc'
   *
   * workloadIdentityFederation({ ...config, subjectToken: () => getVercelOidcToken() })
   * ```
   */
  subjectToken?: () => Promise<string>
  /** The project that is billed for the exchange of a workforce pool's token. */
  workforce_pool_user_project?: string
  /** Google's universe. Not read: `token_url` says where tokens are exchanged. */
  universe_domain?: string
}
