import type { CryptoKey } from 'jose'

/** Credentials for the emulated Google: credentials files, tokens, and the signing key. */
export interface EmulatorCredentials {
  /**
   * The key that signs ID tokens now. Available in process only: tests can sign wrong tokens with a
   * key that the receivers trust, and no endpoint hands it out.
   */
  signingKey: SigningKey
  /**
   * A key file's content for a service's account, as `gcloud iam service-accounts keys create`
   * writes it. Its `token_uri` is the emulator's. Each call returns the same key.
   *
   * @param service a service of the policy
   * @throws {TypeError} if the policy has no such service
   */
  serviceAccountKey(service: string): Promise<ServiceAccountKey>
  /**
   * A person's credentials file, as `gcloud auth application-default login` leaves it. At the token
   * endpoint it gets an access token, and an ID token whose `aud` is the file's `client_id`,
   * whichever audience was requested. Each call for a person returns the same file.
   *
   * The emulator accepts refresh tokens of such files only. They never expire.
   *
   * @param email the person's email address
   * @default 'developer@example.com'
   * @throws {TypeError} if it is not an email address
   */
  userCredentials(email?: string): UserCredentials
  /**
   * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
   * create-cred-config` writes it, with which a machine outside Google becomes a service's account.
   *
   * The emulator is the foreign provider too: its `credential_source` is a URL that gives subject
   * tokens. `/v1/token` exchanges those subject tokens only, and the federated principal can act as
   * the account of this service only.
   *
   * @example
   * ```ts
   * const file = join(folder, 'federation.json')
   * await writeFile(file, JSON.stringify(emulator.federation('login')))
   * spawn('node', ['job.ts'], { env: { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: file } })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} if the policy has no such service
   */
  federation(service: string): FederationConfig
  /**
   * A Workload Identity Federation configuration for a machine at AWS, as `gcloud iam
   * workload-identity-pools create-cred-config --aws` writes it: its subject token is a request to
   * AWS, signed with the role of an EC2 instance.
   *
   * The emulator is that instance's metadata service too (IMDSv2), and at `/v1/token` it checks the
   * request as AWS would (Signature Version 4). No request is ever sent to AWS.
   *
   * Clients prefer `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` of their
   * environment to the instance. A request signed with another key than the instance's is refused,
   * so leave these variables out.
   *
   * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
   * @example
   * ```ts
   * workloadIdentityFederation({ ...emulator.awsFederation('login') })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} if the policy has no such service
   */
  awsFederation(service: string): AwsFederationConfig
  /**
   * An ID token as Google would issue it, for tests. Each call signs a new one.
   *
   * @example
   * A token that expired an hour ago
   * ```ts
   * const hourAgo = Math.floor(Date.now() / 1000) - 3600
   * await emulator.idToken('login', audience, { iat: hourAgo - 3600, exp: hourAgo })
   * ```
   *
   * @param serviceOrEmail a service of the policy, or any email address, such as a stranger's
   * @param audience what goes into `aud`
   * @param overrides claims with other values; `undefined` leaves a claim out
   * @throws {TypeError} if it is neither a service nor an email address
   */
  idToken(serviceOrEmail: string, audience: string, overrides?: ClaimOverrides): Promise<string>
}

/** A private RSA key, and the `kid` of its public half in the key set. */
export interface SigningKey {
  /** Begins with `emulator-`, unlike the key ids of Google. */
  kid: string
  /** For RS256. */
  privateKey: CryptoKey
}

/** Claims of an ID token with other values; `undefined` leaves a claim out. */
export type ClaimOverrides = Readonly<Record<string, unknown>>

/** A service account's key file, as Google writes it. */
export interface ServiceAccountKey {
  type: 'service_account'
  project_id: string
  private_key_id: string
  /** PKCS #8, PEM. */
  private_key: string
  client_email: string
  /** The account's unique id. */
  client_id: string
  auth_uri: string
  /** The emulator's token endpoint. */
  token_uri: string
  auth_provider_x509_cert_url: string
  client_x509_cert_url: string
  universe_domain: string
}

/** A person's credentials file, as gcloud writes it. */
export interface UserCredentials {
  type: 'authorized_user'
  client_id: string
  client_secret: string
  refresh_token: string
  /** The emulator's token endpoint. The clients for Node and gcloud don't read it; others do. */
  token_uri: string
  universe_domain: string
}

/** A Workload Identity Federation configuration, as Google writes it. */
export interface FederationConfig {
  type: 'external_account'
  /** The full name of the pool's provider. */
  audience: string
  subject_token_type: string
  /** The emulator's Security Token Service. */
  token_url: string
  /** The emulator's IAM Credentials, with the service account to impersonate. */
  service_account_impersonation_url: string
  /** Where subject tokens come from: an endpoint of the emulator that requires this header. */
  credential_source: {
    url: string
    headers: { authorization: string }
    format: { type: 'json'; subject_token_field_name: string }
  }
  universe_domain: string
}

/** A Workload Identity Federation configuration of a machine at AWS, as Google writes it. */
export interface AwsFederationConfig {
  type: 'external_account'
  /** The full name of the pool's provider. */
  audience: string
  /** A signed `GetCallerIdentity` request instead of a token. */
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request'
  /** The emulator's Security Token Service. */
  token_url: string
  /** The emulator's IAM Credentials, with the service account to impersonate. */
  service_account_impersonation_url: string
  /** The metadata service of the EC2 instance (IMDSv2), which the emulator plays too. */
  credential_source: {
    environment_id: 'aws1'
    /** Its availability zone, which is its region and a letter. */
    region_url: string
    /** Its role; below that, the role's credentials. */
    url: string
    /** Where to get the session token that both URLs require. */
    imdsv2_session_token_url: string
    /** The URL that clients sign without requesting it; they fill in `{region}`. */
    regional_cred_verification_url: string
  }
  universe_domain: string
}

/**
 * Genuine tokens of a service account, for example by impersonation: `impersonate` of
 * `@countersign/caller` returns such an object.
 */
export interface GenuineIdentity {
  /**
   * An ID token that Google signed.
   *
   * @param audience its `aud`
   */
  idToken(audience: string): Promise<string>
  /** An access token for Google's APIs, valid for at least ten minutes. */
  accessToken(): Promise<string>
}
