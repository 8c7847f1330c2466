import type { AttemptOf, Delivery, Product } from './product.ts'

/**
 * A Cloud Tasks queue with its default retries: 0.1 seconds to an hour, 100 attempts.
 *
 * https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
 */
export const cloudTasks: Product = {
  request: (delivery, attempt) => ({
    headers: {
      // Without a content type of its own, whatever the body.
      ...delivery.attributes,
      'user-agent': 'Google-Cloud-Tasks',
      ...taskHeaders(delivery, attempt),
    },
    body: delivery.data,
  }),
  isAcknowledged: (status) => status >= 200 && status <= 299,
  backoff: { minMs: 100, maxMs: 3_600_000, maxDoublings: 16 },
  heedsRetryAfter: true,
  maxAttempts: 100,
  deadlineMs: 600_000,
}

function taskHeaders(
  { name, id }: Delivery,
  { number, at, statuses }: AttemptOf,
): Record<string, string> {
  const previous = statuses.at(-1)
  return {
    'x-cloudtasks-queuename': name,
    'x-cloudtasks-taskname': id,
    'x-cloudtasks-taskretrycount': String(number - 1),
    // How often the handler answered: an attempt without an answer doesn't count.
    'x-cloudtasks-taskexecutioncount': String(statuses.filter((status) => status > 0).length),
    'x-cloudtasks-tasketa': (at / 1000).toFixed(6),
    ...(previous && { 'x-cloudtasks-taskpreviousresponse': String(previous) }),
  }
}
