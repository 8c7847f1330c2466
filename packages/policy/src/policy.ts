import type { ServiceFetchOptions, TokenHeader } from '@countersign/caller'
import type { ReceiverOptions } from '@countersign/receiver'

/** A policy file that was read, checked and resolved for one environment. */
export interface Policy {
  /**
   * The SHA-256 of the file in hex, as `sha256sum countersign.jsonc` prints it; for a policy that was given
   * as an object, the SHA-256 of its JSON. Receivers and callers report it in the log and in `health()`.
   */
  digest: string
  /** The environment that the policy was resolved for; undefined if the file has none. */
  environment: string | undefined
  /** Every service of the file, by name, with derived URL and service account. */
  services: ReadonlyMap<string, Service>
  /** Every push sender of the file, by name. */
  pushes: ReadonlyMap<string, PushSender>
  /**
   * Returns the options of `verifyCaller` and `createReceiver` for one service.
   *
   * @param name the receiving service
   * @throws {PolicyError} if the file has no such service, or nobody may call it
   */
  receiver(name: string): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy'>
  /**
   * Returns the options of `createServiceFetch` and `signCalls` for one service.
   *
   * @param name the calling service
   * @throws {PolicyError} if the file has no such service, or it calls nobody
   */
  caller(name: string): Pick<ServiceFetchOptions, 'targets' | 'policy'>
  /**
   * Returns the URL at which a service is called: with the emulator its front door, otherwise its own URL.
   *
   * @param name the service
   * @throws {PolicyError} if the file has no such service, or it has no URL
   */
  url(name: string): string
}

/** A service of the policy, with the values that are derived from its name and its environment. */
export interface Service {
  name: string
  /** The service's https origin; undefined for a job or a cron that only calls. */
  url: string | undefined
  /** The email of the service account that the service runs as. */
  serviceAccount: string
  /** The account's unique id; undefined if the policy doesn't pin it. */
  subject: string | undefined
  /** Whether its entry sets `sharesAccount`: others have its account, and so its rights. */
  sharesAccount: boolean
  project: string | undefined
  /** The project's number, which is part of the service's deterministic URL. */
  projectNumber: string | undefined
  region: string | undefined
  /** Every `aud` that the service accepts: its own URL first, then the custom audiences. */
  audiences: readonly string[]
  /** Whether Cloud Run lets anybody call the service (`allUsers` has `roles/run.invoker`). */
  public: boolean
  /** Routes that need no token, such as `GET /ready`. */
  unauthenticated: readonly string[]
  /** The services that this one may call. One of the rules must match; an empty rule allows everything. */
  calls: ReadonlyMap<string, readonly Rule[]>
  /** The headers in which callers send the token; undefined if the file doesn't name them. */
  headers: readonly TokenHeader[] | undefined
  /** The command that starts the service on a laptop. */
  command: string | undefined
  /** The port that the service listens on, on a laptop. */
  port: number | undefined
}

/** The calls that one service may make to another. */
export interface Rule {
  /**
   * The methods. `GET` includes `HEAD`.
   *
   * @default all methods
   */
  methods?: readonly string[]
  /**
   * path-to-regexp patterns for the whole path.
   *
   * @default all paths
   */
  paths?: readonly string[]
}

/** A Google product that pushes to a service of the policy. */
export interface PushSender {
  name: string
  kind: 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'
  serviceAccount: string
  subject: string | undefined
  /** Whether its entry sets `sharesAccount`: others have its account, and so its rights. */
  sharesAccount: boolean
  audience: string | undefined
  /** The service that the product delivers to. */
  to: string
  /** The path of the deliveries; undefined for any path. */
  path: string | undefined
  /** The methods of the deliveries: `POST` if the file names none. */
  methods: readonly string[]
}

/** A policy that follows its file, made by `watchPolicy`. Its members return the newest valid policy. */
export interface WatchedPolicy extends Policy {
  /**
   * Returns the options of `verifyCaller` and `createReceiver` for one service. They follow the file.
   *
   * @param name the receiving service
   * @throws {PolicyError} if the file has no such service, or nobody may call it
   */
  receiver(
    name: string,
  ): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy' | 'latest'>
  /**
   * Returns the options of `createServiceFetch` and `signCalls` for one service. They follow the file.
   *
   * @param name the calling service
   * @throws {PolicyError} if the file has no such service, or it calls nobody
   */
  caller(name: string): Pick<ServiceFetchOptions, 'targets' | 'policy' | 'latest'>
}

/** An event that `watchPolicy({ onEvent })` reports about the file. */
export type PolicyEvent =
  /** The file's policy is in force: the file was edited, or it is valid again after an error. */
  | { type: 'policy_reloaded'; file: string }
  /**
   * The file is invalid, can't be read, or can't be read in time: the old policy stays in force. Reported
   * once for each reason.
   */
  | { type: 'policy_refused'; file: string; error: Error }
