import type { DrillOptions } from '@countersign/emulator'

/** The emulator refused a request, or did not answer; the message says what to do. */
class ControlError extends Error {
  override readonly name = 'ControlError'
}

/** A delivery to send. */
interface PushOptions {
  push: string
  data?: unknown
  attributes?: Readonly<Record<string, string>>
  speed?: number
}

/**
 * Repeats a call, as the same caller with a new token.
 *
 * @throws {ControlError} if the emulator refuses or does not answer
 */
export function replay(call: number): Promise<{ call: number; status: number }> {
  return ask('POST', '/emulator/v1/replay', { call })
}

/**
 * Sends a delivery of one of the policy's pushes.
 *
 * @throws {ControlError} if the emulator refuses or does not answer
 */
export function sendPush(options: PushOptions): Promise<{ delivery: number }> {
  return ask('POST', '/emulator/v1/push', options)
}

/**
 * Starts a drill.
 *
 * @throws {ControlError} if the emulator refuses or does not answer
 */
export function startDrill(options: DrillOptions): Promise<{ drill: number }> {
  return ask('POST', '/emulator/v1/drills', options)
}

/**
 * Ends a drill, or all of them.
 *
 * @param id left out: all drills
 * @throws {ControlError} if the emulator refuses or does not answer
 */
export function endDrill(id?: number): Promise<void> {
  return ask('DELETE', `/emulator/v1/drills${id === undefined ? '' : `/${id}`}`)
}

async function ask<T>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  const response = await send(path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = await response.json().catch(() => undefined)
  if (!response.ok) {
    throw new ControlError(answer?.error ?? `The emulator answered ${response.status}.`)
  }
  return answer
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (cause) {
    throw new ControlError('The emulator does not answer. Is it still running?', { cause })
  }
}
