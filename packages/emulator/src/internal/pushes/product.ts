import type { Project } from '../../google/accounts.ts'
import type { PushOptions } from '../../pushes.ts'
import type { Backoff } from './backoff.ts'

/** What is delivered, the same in each attempt. */
export interface Delivery {
  /** The push's name in the policy: it stands for the subscription, queue, job or trigger. */
  readonly name: string
  /** The message's or the task's id: digits. */
  readonly id: string
  readonly project: Project
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
  readonly payload: NonNullable<PushOptions['payload']>
  /** Pub/Sub alone. */
  readonly orderingKey?: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** Which attempt it is. */
export interface AttemptOf {
  /** From 1. */
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The status of each attempt before; 0 where no answer came. */
  readonly statuses: readonly number[]
}

/** What is sent. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | string
}

/** One of Google's products that push. */
export interface Product {
  /** What it sends; the token comes on top. */
  request(delivery: Delivery, attempt: AttemptOf): Outgoing
  /** Whether a status ends the delivery. */
  isAcknowledged(status: number): boolean
  readonly backoff: Backoff
  /** Whether `Retry-After` of a 429 or a 503 delays the next attempt. */
  readonly heedsRetryAfter: boolean
  readonly maxAttempts: number
  /** How long it waits for an answer, in milliseconds. */
  readonly deadlineMs: number
}
