import type { DrillOptions } from '@countersign/emulator'

/** The emulator refused something, or could not be asked; its message says what to do. */
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
 * Makes a call again, as the same caller with a fresh token.
 *
 * @param call the call's id
 * @throws ControlError
 */
export function replay(call: number): Promise<{ call: number; status: number }> {
  return ask('POST', '/emulator/v1/replay', { call })
}

/**
 * Sends a delivery of one of the policy's pushes.
 *
 * @param options what and how fast
 * @throws ControlError
 */
export function sendPush(options: PushOptions): Promise<{ delivery: number }> {
  return ask('POST', '/emulator/v1/push', options)
}

/**
 * Lets something go wrong.
 *
 * @param options what, where, for whom and how often
 * @throws ControlError
 */
export function startDrill(options: DrillOptions): Promise<{ drill: number }> {
  return ask('POST', '/emulator/v1/drills', options)
}

/**
 * Ends a drill, or all of them.
 *
 * @param id left out: all
 * @throws ControlError
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
