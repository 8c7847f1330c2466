import type { CryptoKey } from 'jose'

/** What opens the emulator's Google: files of credentials, tokens, and the key behind them. */
export interface EmulatorCredentials {
  /**
   * The key that signs ID tokens now. In process only, so that tests can sign wrong tokens with a
   * key that the receivers trust; no endpoint hands it out.
   */
  signingKey: SigningKey
  /**
   * A key file's content for a service's account, as `gcloud iam service-accounts keys create`
   * writes it. Its `token_uri` is the emulator's. The same key each time.
   *
   * @param service a service of the policy
   * @throws {TypeError} where the policy has no such service
   */
  serviceAccountKey(service: string): Promise<ServiceAccountKey>
  /**
   * A person's credentials file, as `gcloud auth application-default login` leaves it. What it gets
   * at the token endpoint: an access token, and an ID token whose `aud` is the file's `client_id`,
   * whatever audience was asked for. The same file for the same person each time.
   *
   * Only refresh tokens of such files are known; they never expire.
   *
   * @param email the person's
   * @default 'developer@example.com'
   * @throws {TypeError} for what is no email
   */
  userCredentials(email?: string): UserCredentials
  /**
   * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
   * create-cred-config` writes it, with which a machine outside Google becomes a service's account.
   *
   * The emulator is the foreign provider too: its `credential_source` is a URL that gives subject
   * tokens. Only those are exchanged at `/v1/token`, and the federated principal may act as this
   * service's account and no other.
   *
   * @example
   * ```ts
   * const file = join(folder, 'federation.json')
   * await writeFile(file, JSON.stringify(emulator.federation('login')))
   * spawn('node', ['job.ts'], { env: { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: file } })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} where the policy has no such service
   */
  federation(service: string): FederationConfig
  /**
   * The same for a machine at AWS, as `gcloud iam workload-identity-pools create-cred-config --aws`
   * writes it: its subject token is a request to AWS, signed with the role of an EC2 instance.
   *
   * The emulator is that instance's metadata service too (IMDSv2), and at `/v1/token` it checks the
   * request as AWS would (Signature Version 4). Nothing is ever asked of AWS.
   *
   * Clients prefer `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` of their
   * environment to the instance. Whoever signs with another key than the instance's is refused:
   * leave them out.
   *
   * Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token and
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
   * @example
   * ```ts
   * workloadIdentityFederation({ ...emulator.awsFederation('login') })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} where the policy has no such service
   */
  awsFederation(service: string): AwsFederationConfig
  /**
   * An ID token as Google would issue it, for tests. Signed anew each time.
   *
   * @example
   * A token that expired an hour ago
   * ```ts
   * const hourAgo = Math.floor(Date.now() / 1000) - 3600
   * await emulator.idToken('login', audience, { iat: hourAgo - 3600, exp: hourAgo })
   * ```
   *
   * @param serviceOrEmail a service of the policy, or any email: a stranger's, say
   * @param audience what goes into `aud`
   * @param overrides claims to set otherwise; `undefined` leaves one out
   * @throws {TypeError} for a name that is neither a service nor an email
   */
  idToken(serviceOrEmail: string, audience: string, overrides?: ClaimOverrides): Promise<string>
}

/** A private RSA key and the name that its public half has in the key set. */
export interface SigningKey {
  /** Begins with `emulator-`, which no key id of Google's does. */
  kid: string
  /** For RS256. */
  privateKey: CryptoKey
}

/** Claims of an ID token to set otherwise; `undefined` leaves a claim out. */
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
  /** The emulator's token endpoint. Node's and gcloud's clients don't read it, others do. */
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
  /** The emulator's IAM Credentials: which service account to become. */
  service_account_impersonation_url: string
  /** Where subject tokens come from: the emulator, asked with this very header. */
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
  /** A signed `GetCallerIdentity` request, in the place of a token. */
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request'
  /** The emulator's Security Token Service. */
  token_url: string
  /** The emulator's IAM Credentials: which service account to become. */
  service_account_impersonation_url: string
  /** The metadata service of the EC2 instance (IMDSv2), which the emulator plays too. */
  credential_source: {
    environment_id: 'aws1'
    /** Its availability zone, which is its region and a letter. */
    region_url: string
    /** Its role; below that, the role's credentials. */
    url: string
    /** The session token that both of them want. */
    imdsv2_session_token_url: string
    /** What clients sign and never ask: `{region}` is for them to fill in. */
    regional_cred_verification_url: string
  }
  universe_domain: string
}

/**
 * Genuine tokens of a service account: an impersonation, say. What `impersonate` of
 * `@countersign/caller` returns is one.
 */
export interface GenuineIdentity {
  /**
   * An ID token that Google signed.
   *
   * @param audience its `aud`
   */
  idToken(audience: string): Promise<string>
  /** An access token for Google's APIs, good for ten minutes at least. */
  accessToken(): Promise<string>
}
