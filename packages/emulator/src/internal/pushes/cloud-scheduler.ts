import type { Product } from './product.ts'

/**
 * A Cloud Scheduler job as it is by default: no retry. Where it has some, 5 seconds to an hour.
 *
 * https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#HttpTarget
 */
export const cloudScheduler: Product = {
  request: ({ name, data, attributes, createdAt }) => ({
    headers: {
      // Of a body, whatever it holds.
      ...(data.length > 0 && { 'content-type': 'application/octet-stream' }),
      ...attributes,
      'user-agent': 'Google-Cloud-Scheduler',
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': name,
      'x-cloudscheduler-scheduletime': new Date(createdAt).toISOString(),
    },
    body: data,
  }),
  isAcknowledged: (status) => status >= 200 && status <= 299,
  backoff: { minMs: 5_000, maxMs: 3_600_000, maxDoublings: 5 },
  heedsRetryAfter: false,
  maxAttempts: 1,
  deadlineMs: 180_000,
}
