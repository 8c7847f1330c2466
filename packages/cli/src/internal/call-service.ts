import { createServiceFetch, type FetchLike } from '@countersign/caller'
import { redact } from '@countersign/shared/redact'
import { exitCodes, Failure, usageFailure } from '../command-line/failure.ts'
import { parsedJson } from '../command-line/options.ts'
import {
  type RunningEmulator,
  type ServiceAddress,
  serviceAddress,
  serviceIdentity,
} from '../emulator/running-emulator.ts'

/** A call to make. */
export interface ServiceCall {
  readonly service: string
  /** Path and query. */
  readonly path: string
  readonly method: string
  readonly headers: readonly [name: string, value: string][]
  readonly body: string | undefined
  /** The service that calls; undefined for nobody. */
  readonly as: string | undefined
}

/** How a call was answered. */
export interface ServiceAnswer {
  readonly status: number
  readonly statusText: string
  /** The receiver's `Countersign-Code`, where that refused the call. */
  readonly code?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Calls a service at its front door.
 *
 * @param emulator a running one
 * @param call what to send, and as whom
 */
export async function callService(
  emulator: RunningEmulator,
  call: ServiceCall,
): Promise<ServiceAnswer> {
  const { service, path, method, headers, body, as } = call
  if (!path.startsWith('/'))
    throw usageFailure(`"${redact(path)}" is no path`, 'Begin it with a slash.')
  const address = await serviceAddress(emulator, service)
  const send = as === undefined ? fetch : await signedFetch(emulator, as, address)
  const init: RequestInit = { method, redirect: 'manual', headers: [...headers] }
  const answer = await send(address.frontDoor + path, {
    ...init,
    ...(body !== undefined && { body, headers: [...defaultType(call), ...headers] }),
  }).catch(explain)
  // Whoever answers chooses both.
  const code = answer.headers.get('countersign-code') ?? ''
  return {
    status: answer.status,
    statusText: redact(answer.statusText),
    ...(/^[a-z_]{1,40}$/.test(code) && { code }),
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  }
}

async function signedFetch(
  emulator: RunningEmulator,
  as: string,
  { frontDoor, audience }: ServiceAddress,
): Promise<FetchLike> {
  return createServiceFetch({
    // It stands for Cloud Run, so it looks for the token where Cloud Run does.
    targets: [
      {
        url: frontDoor,
        audience,
        headers: ['authorization', 'x-serverless-authorization'],
        allowInsecureHttp: true,
      },
    ],
    identity: await serviceIdentity(emulator, as),
    mode: 'enforce',
    log: false,
  })
}

function defaultType({ headers, body = '' }: ServiceCall): [string, string][] {
  if (headers.some(([name]) => name.toLowerCase() === 'content-type')) return []
  return parsedJson(body) !== undefined ? [['content-type', 'application/json']] : []
}

/** `fetch` says with a cause that nobody answered, and without one that the request is wrong. */
function explain(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  const { cause, message } = error
  throw new Failure('The call could not be made', {
    exitCode: cause === undefined ? exitCodes.usage : exitCodes.unavailable,
    hint: redact(String(cause ?? message)),
    cause: error,
  })
}
