import { randomInt } from 'node:crypto'
import type { Service } from '@countersign/policy'
import { projectOf } from '../../google/accounts.ts'
import type { CheckedPush } from './check-push.ts'
import type { Delivery } from './product.ts'

/** A message of Pub/Sub, published elsewhere. */
export interface Message {
  readonly id: string
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
  readonly orderingKey?: string
  /** Milliseconds since the epoch. */
  readonly publishedAt: number
}

/**
 * A delivery of what somebody asked to push.
 *
 * @param push what they asked for
 * @param about the push's name, where it goes, and when
 */
export function deliveryOf(
  { data, attributes, payload }: Pick<CheckedPush, 'data' | 'attributes' | 'payload'>,
  { name, service, now }: { name: string; service: Service; now: number },
): Delivery {
  return {
    name,
    id: String(randomInt(2 ** 47, 2 ** 48 - 1)),
    project: projectOf(service),
    data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
    attributes,
    payload,
    createdAt: now,
  }
}

/**
 * A delivery of a message that was published elsewhere, wrapped.
 *
 * @param message the message
 * @param about the push's name and where it goes
 */
export function relayed(
  { publishedAt, ...message }: Message,
  { name, service }: { name: string; service: Service },
): Delivery {
  const about = { name, project: projectOf(service), createdAt: publishedAt }
  return { ...message, ...about, payload: 'wrapped' }
}
