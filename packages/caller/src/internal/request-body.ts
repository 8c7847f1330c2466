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
  if (ArrayBuffer.isView(body)) return new Uint8Array(bytesOf(body))
  if (isA(body, 'ArrayBuffer')) return (body as ArrayBuffer).slice(0)
  if (isA(body, 'URLSearchParams')) return new URLSearchParams(String(body))
  if (isA(body, 'FormData')) return copyForm(body as FormData)
  return body
}

/** By name: in Jest, and of the package undici, a body's class is not the global one. */
function isA(body: object, name: string): boolean {
  return Object.prototype.toString.call(body) === `[object ${name}]`
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

/** Of its own class, since undici's fetch takes no other's. */
function copyForm(form: FormData): FormData {
  const copy = new (form.constructor as typeof FormData)()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}
