import type { OutgoingRequest } from './request.ts'

/** A body as `fetch` takes it. */
export type RequestBody = NonNullable<RequestInit['body']>

/** Whether a body can be sent a second time: all but streams, and whatever else is read by turns. */
export function isReplayable(body: RequestBody | null): boolean {
  return typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)
}

/** What can change while a token is fetched is copied, as `fetch` copies it at once. */
export function snapshot(body: RequestBody | null): RequestBody | null {
  if (typeof body !== 'object' || body === null) return body
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body)) return new Uint8Array(bytesOf(body))
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof FormData) return copyForm(body)
  return body
}

/**
 * Whether a body has to be read before it can be sent: undici refuses `keepalive` with a stream, and a
 * stream is all that a `Request` gives of its body.
 */
export function needsBytes({ body, init }: OutgoingRequest): boolean {
  return init.keepalive === true && !isReplayable(body)
}

/** The request with its body in memory. */
export async function withBytes(request: OutgoingRequest): Promise<OutgoingRequest> {
  return { ...request, body: await new Response(request.body).arrayBuffer() }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function copyForm(form: FormData): FormData {
  const copy = new FormData()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}
