import type { PushAttempted } from '@countersign/emulator'

/** The products' own names. */
export const kindNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Pub/Sub',
  'cloud-tasks': 'Cloud Tasks',
  'cloud-scheduler': 'Cloud Scheduler',
  eventarc: 'Eventarc',
}

/** What goes with the data, as each product calls it. */
export const attributeNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Attributes',
  'cloud-tasks': 'Headers',
  'cloud-scheduler': 'Headers',
  eventarc: 'CloudEvents attributes',
}
