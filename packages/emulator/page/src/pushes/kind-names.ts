import type { PushAttempted } from '@countersign/emulator'

/** The products' own names. */
export const kindNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Pub/Sub',
  'cloud-tasks': 'Cloud Tasks',
  'cloud-scheduler': 'Cloud Scheduler',
  eventarc: 'Eventarc',
}
