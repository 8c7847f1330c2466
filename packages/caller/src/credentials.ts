/** A service account's key file, as Google's console and `gcloud iam service-accounts keys` write it. */
export interface ServiceAccountKey {
  /** `service_account`. */
  type: string
  /** The account's email. */
  client_email: string
  /** PKCS #8 in PEM. */
  private_key: string
  private_key_id?: string
  /**
   * Where the key is exchanged for tokens: https on googleapis.com, or the emulator.
   *
   * @default 'https://oauth2.googleapis.com/token'
   */
  token_uri?: string
  project_id?: string
  client_id?: string
  auth_uri?: string
  auth_provider_x509_cert_url?: string
  client_x509_cert_url?: string
  universe_domain?: string
}

/**
 * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
 * create-cred-config` writes it. Its URLs must be https on googleapis.com, or the emulator.
 */
export interface ExternalAccountConfig {
  /** `external_account`. */
  type: string
  /** The full name of the pool's provider. */
  audience: string
  subject_token_type: string
  /** The token exchange (RFC 8693). */
  token_url: string
  token_info_url?: string
  /**
   * The service account to become. Google's libraries can do without; here it is needed, since a
   * federated identity has no Google ID tokens of its own.
   */
  service_account_impersonation_url?: string
  service_account_impersonation?: { token_lifetime_seconds?: number }
  /** Where the foreign token comes from: a file, a URL, a program, or AWS. */
  credential_source: object
  universe_domain?: string
}
