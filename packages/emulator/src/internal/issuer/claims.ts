import type { Account, Project } from '../accounts.ts'

/** Google's ID tokens of service accounts live an hour. */
export const lifetimeSeconds: number = 3600

/** What Google writes into `iss` today; it also accepts the form without `https://`. */
export const issuers: readonly string[] = ['https://accounts.google.com', 'accounts.google.com']

/** How the claims of one token differ from the usual ones. */
export interface ClaimOptions {
  /** Whether it has `email` and `email_verified`. @default true */
  readonly includeEmail?: boolean
  /** Whether `azp` is the email and not the unique id. @default false */
  readonly emailAsAzp?: boolean
  /** What `format=full` adds. */
  readonly google?: { readonly compute_engine: ComputeEngineClaim }
}

/** Who runs where, in a token asked for with `format=full`. */
export interface ComputeEngineClaim {
  readonly instance_creation_timestamp: number
  readonly instance_id: string
  readonly instance_name: string
  readonly license_id?: readonly string[]
  readonly project_id: string
  readonly project_number: number
  readonly zone: string
}

/** What goes into a token. */
export interface ClaimInput {
  readonly account: Account
  readonly audience: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * The claims of a service account's ID token, in the alphabetical order in which Google writes them.
 *
 * @param input whose token, for which audience, when
 * @param options what is unusual about it
 */
export function googleClaims(
  { account, audience, now }: ClaimInput,
  options: ClaimOptions = {},
): Record<string, unknown> {
  const { includeEmail = true, emailAsAzp = false, google } = options
  const iat = Math.floor(now / 1000)
  return {
    aud: audience,
    azp: emailAsAzp ? account.email : account.subject,
    ...(includeEmail && { email: account.email, email_verified: true }),
    exp: iat + lifetimeSeconds,
    ...(google && { google }),
    iat,
    iss: issuers[0],
    sub: account.subject,
  }
}

/**
 * The `google.compute_engine` claim of a container on Cloud Run.
 *
 * @param service its name, which stands for the instance's
 * @param project where it runs
 */
export function computeEngineClaim(service: string, project: Project): ComputeEngineClaim {
  return {
    instance_creation_timestamp: 1_700_000_000,
    instance_id: '1000000000000000001',
    instance_name: service,
    project_id: project.id,
    project_number: Number(project.number),
    zone: `${project.region}-1`,
  }
}
