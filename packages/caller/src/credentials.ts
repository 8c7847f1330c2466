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
   * The URL that exchanges the key for tokens: one of Google's token endpoints, or the emulator's.
   *
   * @default 'https://oauth2.googleapis.com/token'
   */
  token_uri?: string
  /** The account's project. Not read. */
  project_id?: string
  /** The account's unique id. Not read. */
  client_id?: string
  /** The login page for people. Not read. */
  auth_uri?: string
  /** Certificates of Google's keys. Not read. */
  auth_provider_x509_cert_url?: string
  /** The account's certificates. Not read. */
  client_x509_cert_url?: string
  /** Google's universe: only `googleapis.com` is supported. */
  universe_domain?: string
}

/**
 * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
 * create-cred-config` writes it. `token_url`, `token_info_url` and `service_account_impersonation_url`
 * must be Google's own endpoints for that, or the emulator's. `credential_source` can name any place, and
 * a program that is run: never use a configuration from somebody else.
 *
 * @see https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 */
export interface ExternalAccountConfig {
  /** `external_account`. */
  type: string
  /** The full name of the pool's provider. */
  audience: string
  /** The type of the foreign token, such as `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 section 3). */
  subject_token_type: string
  /** The token exchange (RFC 8693): Google's Security Token Service. */
  token_url: string
  /** The introspection endpoint. Checked, but never called. */
  token_info_url?: string
  /**
   * The service account to impersonate. Optional in Google's libraries; required here, since a federated
   * identity has no Google ID tokens of its own.
   */
  service_account_impersonation_url?: string
  /** How long its access tokens live. Not read: ID tokens live an hour. */
  service_account_impersonation?: { token_lifetime_seconds?: number }
  /**
   * The source of the foreign token: a `file`, a `url`, an `executable` (which the library runs only with
   * `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1`), or AWS (`environment_id`). Give either this or
   * `subjectToken`.
   */
  credential_source?: object
  /**
   * Gets the foreign token by code, on platforms that provide it with each request. Called whenever a new
   * ID token is needed, about once an hour, within the call that needs it, so that `AsyncLocalStorage`
   * works. It has 9 seconds, and its error becomes the `cause`, without secrets. Needs no
   * `google-auth-library`. Give either this or `credential_source`.
   *
   * @example
   * ```ts
   * import { getVercelOidcToken } from '@vercel/oidc'
   *
   * workloadIdentityFederation({ ...config, subjectToken: () => getVercelOidcToken() })
   * ```
   */
  subjectToken?: () => Promise<string>
  /** The project that pays for the exchange of a workforce pool's token. */
  workforce_pool_user_project?: string
  /** Google's universe: only `googleapis.com` is supported. */
  universe_domain?: string
}
