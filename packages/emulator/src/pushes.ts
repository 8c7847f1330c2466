/** Options of {@link Emulator.push}. */
export interface PushOptions {
  /**
   * The data to deliver: text, or a value that is sent as JSON. For Eventarc it is the data of the
   * event. No product infers a content type from it: a task has none, and a job has
   * `application/octet-stream`, unless `attributes` set another. A task or a job has no data if its
   * first method in the policy is not `POST`, `PUT` or `PATCH`.
   *
   * @default ''
   */
  data?: unknown
  /**
   * Metadata of the data: attributes of a Pub/Sub message, headers of a task or a job, CloudEvents
   * attributes of an event (`type`, `source`, `subject`). Tasks and jobs drop headers that begin with
   * `X-Google-` or `X-AppEngine-`, as at Google.
   *
   * @default {}
   */
  attributes?: Readonly<Record<string, string>>
  /**
   * The path and query to deliver to.
   *
   * @default the path of the policy's push, else '/'
   */
  path?: string
  /**
   * For Pub/Sub only: the payload unwrapping of the subscription. With `unwrapped` the data is the
   * body. With `unwrapped-with-metadata` the metadata and attributes are also sent as headers.
   *
   * @default 'wrapped'
   */
  payload?: 'wrapped' | 'unwrapped' | 'unwrapped-with-metadata'
  /**
   * The number of attempts before it is given up: 1 to 10,000.
   *
   * @default 1 for Cloud Scheduler and 100 for Cloud Tasks, as at Google; 20 for Pub/Sub and
   *   Eventarc, which retry for 7 days at Google
   */
  maxAttempts?: number
  /**
   * Divides the time between attempts, compared with Google: 0.01 to 1,000,000.
   *
   * @default 1
   */
  speed?: number
}

/** How a delivery ended. */
export interface PushResult {
  /** Its id in the answer of `POST /emulator/v1/push`. */
  delivery: number
  /** `given-up`: after the last attempt, or because the emulator was stopped. */
  outcome: 'acknowledged' | 'given-up'
  /** In order. */
  attempts: readonly PushAttempt[]
}

/** One attempt of a delivery. */
export interface PushAttempt {
  /** When it began, in milliseconds since the epoch, by the emulator's clock. */
  at: number
  /** From 1. */
  attempt: number
  /** The HTTP status; 0 if there was no answer before the product's deadline. */
  status: number
  outcome: 'acknowledged' | 'will-retry' | 'given-up'
  /** Milliseconds until the next attempt, as at Google; `speed` divides them. */
  retryInMs?: number
  /** The id of the event of its call at the front door; undefined if none was recorded. */
  call?: number
}
