/** A service account's key file, as Google writes it. */
export interface ServiceAccountKey {
  readonly type: 'service_account'
  readonly project_id: string
  readonly private_key_id: string
  /** PKCS #8, PEM. */
  readonly private_key: string
  readonly client_email: string
  /** The account's unique id. */
  readonly client_id: string
  readonly auth_uri: string
  /** The emulator's token endpoint. */
  readonly token_uri: string
  readonly auth_provider_x509_cert_url: string
  readonly client_x509_cert_url: string
  readonly universe_domain: string
}

/** A person's credentials file, as gcloud writes it. */
export interface UserCredentials {
  readonly type: 'authorized_user'
  readonly client_id: string
  readonly client_secret: string
  readonly refresh_token: string
  /** The emulator's token endpoint. Node's and gcloud's clients don't read it, others do. */
  readonly token_uri: string
  readonly universe_domain: string
}

/** A Workload Identity Federation configuration, as Google writes it. */
export interface FederationConfig {
  readonly type: 'external_account'
  /** The full name of the pool's provider. */
  readonly audience: string
  readonly subject_token_type: string
  /** The emulator's Security Token Service. */
  readonly token_url: string
  /** The emulator's IAM Credentials: which service account to become. */
  readonly service_account_impersonation_url: string
  /** Where subject tokens come from: the emulator, asked with this very header. */
  readonly credential_source: {
    readonly url: string
    readonly headers: { readonly authorization: string }
    readonly format: { readonly type: 'json'; readonly subject_token_field_name: string }
  }
  readonly universe_domain: string
}

/** A Workload Identity Federation configuration of a machine at AWS, as Google writes it. */
export interface AwsFederationConfig {
  readonly type: 'external_account'
  /** The full name of the pool's provider. */
  readonly audience: string
  /** A signed `GetCallerIdentity` request, in the place of a token. */
  readonly subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request'
  /** The emulator's Security Token Service. */
  readonly token_url: string
  /** The emulator's IAM Credentials: which service account to become. */
  readonly service_account_impersonation_url: string
  /** The metadata service of the EC2 instance (IMDSv2), which the emulator plays too. */
  readonly credential_source: {
    readonly environment_id: 'aws1'
    /** Its availability zone, which is its region and a letter. */
    readonly region_url: string
    /** Its role; below that, the role's credentials. */
    readonly url: string
    /** The session token that both of them want. */
    readonly imdsv2_session_token_url: string
    /** What clients sign and never ask: `{region}` is for them to fill in. */
    readonly regional_cred_verification_url: string
  }
  readonly universe_domain: string
}
