import type { TokenHeader } from '@countersign/caller'
import type { PushSender, Rule } from './policy.ts'

/** The content of a policy file, which is JSON with comments and trailing commas. */
export interface PolicyFile {
  /** The path or URL of the JSON schema, for editors. */
  $schema?: string
  /** The Google Cloud projects that the services run in. If there are any, one must be chosen. */
  environments?: Record<string, EnvironmentEntry>
  /** Every service that calls or is called, by its name on Cloud Run. */
  services: Record<string, ServiceEntry>
  /** The Google products that push to these services, each by a name that you choose. */
  pushes?: Record<string, PushEntry>
}

/** One Google Cloud project that the services run in. */
export interface EnvironmentEntry {
  /** The project's id, such as `acme`. */
  project: string
  /** The project's number, which is part of its services' URLs. */
  projectNumber?: string
  /** The region, such as `us-central1`, which is part of its services' URLs. */
  region?: string
  /**
   * The ids of the services' accounts: a text in which `{service}` stands for the service's name.
   * Google's account ids have 6 to 30 characters, so `login` can't be one, but `login-run` can.
   *
   * @default '{service}'
   */
  accounts?: string
}

/**
 * One service, job or cron. A receiver can't distinguish two services that run as one service account:
 * each gets the rights of both. So both must set `sharesAccount`, unless they have the same rights.
 */
export interface ServiceEntry {
  /**
   * The service's https origin.
   *
   * @default `https://NAME-PROJECTNUMBER.REGION.run.app`, if number and region are known
   */
  url?: string
  /**
   * The email of the service account that the service runs as. By default the id is the environment's
   * `accounts` with the service's name in it. The id must have 6 to 30 characters.
   *
   * @default `ID@PROJECT.iam.gserviceaccount.com`
   */
  serviceAccount?: string
  /** The account's unique id, which no other account ever gets. If left out, only the email is checked. */
  subject?: string
  /**
   * Whether services or pushes with other rights have the same `serviceAccount`. Each of them must set
   * this, because each gets the rights of all.
   *
   * @default false
   */
  sharesAccount?: boolean
  /**
   * The id of the service's project.
   *
   * @default the environment's
   */
  project?: string
  /**
   * The number of the service's project.
   *
   * @default the environment's, unless `project` is a different one
   */
  projectNumber?: string
  /**
   * The service's region.
   *
   * @default the environment's
   */
  region?: string
  /** `aud` values that the service accepts besides its own URL: custom audiences, a hash URL. */
  audiences?: string[]
  /**
   * Whether Cloud Run lets anybody call the service (`allUsers` has `roles/run.invoker`).
   *
   * @default false
   */
  public?: boolean
  /** Routes that need no token, such as `GET /ready`. */
  unauthenticated?: string[]
  /**
   * The services that this one may call, itself included. Each has a rule or a list of rules, of which one
   * must match; `{}` allows everything.
   */
  calls?: Record<string, RuleEntry | RuleEntry[]>
  /**
   * The headers in which callers send the token.
   *
   * @default chosen by the service's URL
   */
  headers?: TokenHeader[]
  /** The command that starts the service on a laptop. */
  command?: string
  /**
   * The port that the service listens on, on a laptop.
   *
   * @default any free port
   */
  port?: number
}

/** The calls that one service may make to another. */
export interface RuleEntry extends Rule {
  /**
   * Methods in upper case. `GET` includes `HEAD`.
   *
   * @default all methods
   */
  methods?: string[]
  /**
   * path-to-regexp patterns for the whole path, such as `/profiles/:id`.
   *
   * @default all paths
   */
  paths?: string[]
}

/** A Google product that pushes to a service. */
export interface PushEntry {
  /** The product. */
  kind: PushSender['kind']
  /**
   * The email of the service account that signs the deliveries. The id in front of
   * `@PROJECT.iam.gserviceaccount.com` must have 6 to 30 characters.
   */
  serviceAccount: string
  /** The account's unique id. If left out, only the email is checked. */
  subject?: string
  /**
   * Whether services or pushes with other rights have the same `serviceAccount`. Each of them must set
   * this, because each gets the rights of all.
   *
   * @default false
   */
  sharesAccount?: boolean
  /**
   * The `aud` that the product is configured to use.
   *
   * @default the `aud` that the product uses if none is configured
   */
  audience?: string
  /** The service that the product delivers to. */
  to: string
  /**
   * The exact path of the deliveries, not a pattern.
   *
   * @default any path
   */
  path?: string
  /**
   * The methods of the deliveries. Only for `cloud-tasks` and `cloud-scheduler`, whose tasks and jobs
   * choose one; Pub/Sub and Eventarc always deliver with `POST`.
   *
   * @default ['POST']
   */
  methods?: string[]
}
