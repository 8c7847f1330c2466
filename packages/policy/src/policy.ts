import type { ServiceFetchOptions, TokenHeader } from '@countersign/caller'
import type { ReceiverOptions } from '@countersign/receiver'

/** One policy file, read, checked and resolved for one environment. */
export interface Policy {
  /**
   * The SHA-256 of the file in hex, as `sha256sum countersign.jsonc` prints it; of a policy that was given
   * as an object, that of its JSON. The log and `health()` of receivers and callers name it.
   */
  digest: string
  /** The environment it was resolved for; undefined where the file has none. */
  environment: string | undefined
  /** Every service of the file, by name, with all that follows from its name filled in. */
  services: ReadonlyMap<string, Service>
  /** Every push sender of the file, by name. */
  pushes: ReadonlyMap<string, PushSender>
  /**
   * What `verifyCaller` and `createReceiver` take, for one service.
   *
   * @param name the receiving service
   * @throws {PolicyError} if the file has no such service, or nobody may call it
   */
  receiver(name: string): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy'>
  /**
   * What `createServiceFetch` and `signCalls` take, for one service.
   *
   * @param name the calling service
   * @throws {PolicyError} if the file has no such service, or it calls nobody
   */
  caller(name: string): Pick<ServiceFetchOptions, 'targets' | 'policy'>
  /**
   * Where a service is now: under the emulator its front door, else its own URL.
   *
   * @param name the service
   * @throws {PolicyError} if the file has no such service, or it has no URL
   */
  url(name: string): string
}

/** A service of the policy, with all that follows from its name and its environment filled in. */
export interface Service {
  name: string
  /** Its https origin; undefined for a job or a cron that only calls. */
  url: string | undefined
  /** The email of the service account it runs as. */
  serviceAccount: string
  /** That account's unique id, where it is pinned. */
  subject: string | undefined
  /** Whether it says that others have its account, and thereby its rights. */
  sharesAccount: boolean
  project: string | undefined
  /** The number in its deterministic URL. */
  projectNumber: string | undefined
  region: string | undefined
  /** Every `aud` it answers to: its own URL first, then the custom audiences. */
  audiences: readonly string[]
  /** Whether Cloud Run lets anybody through to it (`allUsers` has `roles/run.invoker`). */
  public: boolean
  /** Routes that need no caller, such as `GET /ready`. */
  unauthenticated: readonly string[]
  /** Whom it may call, and how: rules are OR-ed, an empty rule is everything. */
  calls: ReadonlyMap<string, readonly Rule[]>
  /** Which headers its callers put the token in, where the file says so. */
  headers: readonly TokenHeader[] | undefined
  /** The command that starts it on a laptop. */
  command: string | undefined
  /** The port it listens on, on a laptop. */
  port: number | undefined
}

/** What one service may do at another. */
export interface Rule {
  /** Left out: any method. `GET` implies `HEAD`. */
  methods?: readonly string[]
  /** path-to-regexp patterns for the whole path. Left out: any path. */
  paths?: readonly string[]
}

/** A Google product that pushes to a service of the policy. */
export interface PushSender {
  name: string
  kind: 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'
  serviceAccount: string
  subject: string | undefined
  /** Whether it says that others have its account, and thereby its rights. */
  sharesAccount: boolean
  audience: string | undefined
  /** The service it delivers to. */
  to: string
  /** The path it delivers to; undefined for any. */
  path: string | undefined
  /** The methods it delivers with: `POST`, where the file names none. */
  methods: readonly string[]
}

/** A policy that follows its file: what `watchPolicy` returns. It always says what the file said last. */
export interface WatchedPolicy extends Policy {
  /**
   * What `verifyCaller` and `createReceiver` take, for one service; they then follow the file.
   *
   * @param name the receiving service
   * @throws {PolicyError} if the file has no such service, or nobody may call it
   */
  receiver(
    name: string,
  ): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy' | 'latest'>
  /**
   * What `createServiceFetch` and `signCalls` take, for one service; they then follow the file.
   *
   * @param name the calling service
   * @throws {PolicyError} if the file has no such service, or it calls nobody
   */
  caller(name: string): Pick<ServiceFetchOptions, 'targets' | 'policy' | 'latest'>
}

/** What became of an edit, told to `watchPolicy({ onEvent })`. */
export type PolicyEvent =
  /** What the file says counts now: it was edited, or is well again after it was refused. */
  | { type: 'policy_reloaded'; file: string }
  /** It is wrong, or can't be read, or not in time: the old one stays. Told once for each reason. */
  | { type: 'policy_refused'; file: string; error: Error }
