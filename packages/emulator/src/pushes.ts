/** What {@link Emulator.push} takes. */
export interface PushOptions {
  /**
   * What is delivered: text, or a value that is sent as JSON. No product infers a content type from it:
   * that of a task is none, that of a job `application/octet-stream`, unless `attributes` say another. For Eventarc the data of the event. A task
   * or a job whose first method in the policy is none of `POST`, `PUT` and `PATCH` has no data.
   *
   * @default ''
   */
  data?: unknown
  /**
   * What goes with it: attributes of a Pub/Sub message, headers of a task or a job, CloudEvents
   * attributes of an event (`type`, `source`, `subject`).
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
   * Pub/Sub alone: the payload unwrapping of the subscription. `unwrapped`: the data is the body.
   * `unwrapped-with-metadata`: besides, metadata and attributes are headers.
   *
   * @default 'wrapped'
   */
  payload?: 'wrapped' | 'unwrapped' | 'unwrapped-with-metadata'
  /**
   * After how many attempts it is given up: 1 to 10,000.
   *
   * @default 1 for Cloud Scheduler and 100 for Cloud Tasks, as Google's; 20 for Pub/Sub and Eventarc,
   *   which go on for 7 days
   */
  maxAttempts?: number
  /**
   * How many times faster than Google the time between attempts passes: 0.01 to 1,000,000.
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
  /** In the order they were made. */
  attempts: readonly PushAttempt[]
}

/** One attempt of a delivery. */
export interface PushAttempt {
  /** Milliseconds since the epoch, by the emulator's clock, when it began. */
  at: number
  /** From 1. */
  attempt: number
  /** The HTTP status; 0 where no answer came, or none before the product's deadline. */
  status: number
  outcome: 'acknowledged' | 'will-retry' | 'given-up'
  /** Milliseconds until the next attempt at Google; here `speed` divides them. */
  retryInMs?: number
}
