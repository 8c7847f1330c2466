import type { IncomingHttpHeaders } from 'node:http'
import type { Push, PushKind } from '../decision.ts'
import { isWebHeaders } from '../rules/operation.ts'

type HeaderNames = { source: string; id?: string; retryCount?: string }

/**
 * The headers in which each product describes a delivery.
 *
 * @see https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
 * @see https://cloud.google.com/pubsub/docs/payload-unwrapping
 * @see https://cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1#httptarget
 */
const headerNames: Readonly<Record<PushKind, HeaderNames>> = {
  pubsub: { source: 'x-goog-pubsub-subscription-name', id: 'x-goog-pubsub-message-id' },
  'cloud-tasks': {
    source: 'x-cloudtasks-queuename',
    id: 'x-cloudtasks-taskname',
    retryCount: 'x-cloudtasks-taskretrycount',
  },
  'cloud-scheduler': { source: 'x-cloudscheduler-jobname' },
  eventarc: { source: 'ce-source', id: 'ce-id' },
}

/** Reads the headers of a delivery. Anybody can write them: they are information, not an identity. */
export function pushOf(kind: PushKind, headers: Headers | IncomingHttpHeaders): Push {
  const names = headerNames[kind]
  const source = headerText(headers, names.source)
  const id = headerText(headers, names.id)
  const retryCount = count(headerText(headers, names.retryCount))
  return {
    kind,
    ...(source !== undefined && { source }),
    ...(id !== undefined && { id }),
    ...(retryCount !== undefined && { retryCount }),
  }
}

/** The value of a header that was sent once. */
export function headerText(
  headers: Headers | IncomingHttpHeaders,
  name: string | undefined,
): string | undefined {
  if (name === undefined) return undefined
  const value = isWebHeaders(headers) ? headers.get(name) : headers[name]
  return typeof value === 'string' ? value : undefined
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
