import type { TokenHeader } from '@countersign/caller'
import type { PushSender, Rule } from './policy.ts'

/** What a policy file holds: JSON with comments and trailing commas, or the same as an object. */
export interface PolicyFile {
  /** The JSON schema, for editors. */
  $schema?: string
  /** The Google Cloud projects that the services run in. Where there are any, one must be chosen. */
  environments?: Record<string, EnvironmentEntry>
  /** Every service that calls or is called, by the name it has on Cloud Run. */
  services: Record<string, ServiceEntry>
  /** What Google products push to these services, by any name. */
  pushes?: Record<string, PushEntry>
}

/** One Google Cloud project that the services run in. */
export interface EnvironmentEntry {
  /** The project's id, such as `acme`. */
  project: string
  /** The project's number, which is a part of its services' URLs. */
  projectNumber?: string
  /** The region, such as `us-central1`, which is a part of its services' URLs. */
  region?: string
  /**
   * How the id of a service's account follows from the service's name: a text with `{service}` in it.
   * Google's account ids have 6 to 30 characters, so `login` can't be one, but `login-run` can.
   *
   * @default '{service}'
   */
  accounts?: string
}

/**
 * One service, job or cron. Two that run as one service account can't be told apart by those they
 * call: each gets what either may. So both have to say `sharesAccount`, unless they may do the same.
 */
export interface ServiceEntry {
  /** Its https origin. Left out: `https://NAME-PROJECTNUMBER.REGION.run.app`, where these are known. */
  url?: string
  /**
   * The account it runs as. Left out: `ID@PROJECT.iam.gserviceaccount.com`, whose id follows from the
   * service's name by the environment's `accounts`. Such an id has 6 to 30 characters.
   */
  serviceAccount?: string
  /** That account's unique id, which no other account ever gets. Left out: the email alone counts. */
  subject?: string
  /**
   * Whether other services or pushes that may do something else have the same `serviceAccount`. All of
   * them have to say so, as each gets the rights of all.
   *
   * @default false
   */
  sharesAccount?: boolean
  /** Its project's id. Left out: the environment's. */
  project?: string
  /** Its project's number. Left out: the environment's, unless `project` is another one. */
  projectNumber?: string
  /** Its region. Left out: the environment's. */
  region?: string
  /** `aud` values it answers to besides its own URL: custom audiences, a hash URL. */
  audiences?: string[]
  /**
   * Whether Cloud Run lets anybody through to it (`allUsers` has `roles/run.invoker`).
   *
   * @default false
   */
  public?: boolean
  /** Routes that need no caller, such as `GET /ready`. */
  unauthenticated?: string[]
  /** Whom it may call, itself included: a rule or a list of rules, OR-ed; `{}` is everything. */
  calls?: Record<string, RuleEntry | RuleEntry[]>
  /** Which headers its callers put the token in. Left out: what suits its URL. */
  headers?: TokenHeader[]
  /** The command that starts it on a laptop. */
  command?: string
  /** The port it listens on, on a laptop. Left out: any free one. */
  port?: number
}

/** What one service may do at another. */
export interface RuleEntry extends Rule {
  /** Methods in upper case. `GET` implies `HEAD`. Left out: any. */
  methods?: string[]
  /** path-to-regexp patterns for the whole path, such as `/profiles/:id`. Left out: any. */
  paths?: string[]
}

/** A Google product that pushes to a service. */
export interface PushEntry {
  /** The product. */
  kind: PushSender['kind']
  /**
   * The email of the service account that signs the deliveries. In front of
   * `@PROJECT.iam.gserviceaccount.com` it has 6 to 30 characters.
   */
  serviceAccount: string
  /** That account's unique id. Left out: the email alone counts. */
  subject?: string
  /**
   * Whether other services or pushes that may do something else have the same `serviceAccount`. All of
   * them have to say so, as each gets the rights of all.
   *
   * @default false
   */
  sharesAccount?: boolean
  /** The `aud` it was told to use. Left out: the receiver expects what the product does untold. */
  audience?: string
  /** The service it delivers to. */
  to: string
  /** The exact path it delivers to: no pattern. Left out: any. */
  path?: string
  /**
   * The methods it delivers with: for `cloud-tasks` and `cloud-scheduler`, whose tasks and jobs choose
   * one. Pub/Sub and Eventarc deliver with `POST` alone.
   *
   * @default ['POST']
   */
  methods?: string[]
}
