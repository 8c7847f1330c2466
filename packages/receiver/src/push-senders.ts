import type { PushKind } from './decision.ts'
import type { PushEntry } from './options.ts'

/** The options of `pubsubPush` and `eventarc`. */
export interface PushSenderOptions {
  /** The email of the service account that signs the deliveries. */
  serviceAccount: string
  /**
   * The audience configured for the push.
   *
   * @default one of the service's own, or the origin of one of them followed by this request's exact path
   *   and query: the product puts that in `aud` if no audience is configured
   */
  audience?: string | readonly string[]
  /** The account's unique id (`sub`). */
  subject?: string
  /**
   * The paths it may deliver to: path-to-regexp patterns.
   *
   * @default any path
   */
  paths?: readonly string[]
}

/** The options of `cloudTasks` and `cloudScheduler`, whose tasks and jobs choose their method. */
export interface TaskSenderOptions extends PushSenderOptions {
  /**
   * The methods it may deliver with. `GET` implies `HEAD`.
   *
   * @default ['POST']
   */
  methods?: readonly string[]
}

/**
 * Lets the deliveries of a Pub/Sub push subscription in, with `POST` only. `createReceiver` throws if an
 * option is wrong.
 *
 * @param options the sender's account, and the paths it may deliver to
 *
 * @see https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 *
 * @example
 * ```ts
 * verifyCaller({ allow: [pubsubPush({ serviceAccount: 'pusher@acme.iam.gserviceaccount.com', paths: ['/push/orders'] })] })
 * ```
 */
export function pubsubPush(options: PushSenderOptions): PushEntry {
  return pushEntry('pubsub', options)
}

/**
 * Lets the HTTP tasks of a Cloud Tasks queue in. Without an `audience` each task has its own `aud`: its
 * URL with the query. Without `methods` only `POST` is let in, which is Cloud Tasks' own default.
 * `createReceiver` throws if an option is wrong.
 *
 * @param options the sender's account, and the paths it may deliver to
 *
 * @see https://cloud.google.com/tasks/docs/creating-http-target-tasks#token
 *
 * @example
 * ```ts
 * verifyCaller({ allow: [cloudTasks({ serviceAccount: 'tasks-run@acme.iam.gserviceaccount.com', paths: ['/tasks/*'] })] })
 * ```
 */
export function cloudTasks(options: TaskSenderOptions): PushEntry {
  return pushEntry('cloud-tasks', options)
}

/**
 * Lets the jobs of Cloud Scheduler in. Without `methods` only `POST` is let in, which is Cloud Scheduler's
 * own default. `createReceiver` throws if an option is wrong.
 *
 * @param options the sender's account, and the paths it may deliver to
 *
 * @see https://cloud.google.com/scheduler/docs/http-target-auth
 *
 * @example
 * ```ts
 * verifyCaller({ allow: [cloudScheduler({ serviceAccount: 'cron-run@acme.iam.gserviceaccount.com', methods: ['GET'], paths: ['/jobs/nightly'] })] })
 * ```
 */
export function cloudScheduler(options: TaskSenderOptions): PushEntry {
  return pushEntry('cloud-scheduler', options)
}

/**
 * Lets the deliveries of an Eventarc trigger or pipeline in, with `POST` only. `createReceiver` throws if
 * an option is wrong.
 *
 * @param options the sender's account, and the paths it may deliver to
 *
 * @see https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-pubsub
 *
 * @example
 * ```ts
 * verifyCaller({ allow: [eventarc({ serviceAccount: 'trigger@acme.iam.gserviceaccount.com', paths: ['/events'] })] })
 * ```
 */
export function eventarc(options: PushSenderOptions): PushEntry {
  return pushEntry('eventarc', options)
}

function pushEntry(push: PushKind, { serviceAccount, ...rest }: TaskSenderOptions): PushEntry {
  return { push, email: serviceAccount, ...rest }
}
