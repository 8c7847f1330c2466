import { type IdentitySource, metadataServer } from '@countersign/caller'
import type { EmulatorEvent } from '@countersign/emulator'
import { readEnvironment } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { exitCodes, Failure, usageFailure } from '../command-line/failure.ts'
import { defaultPort } from '../command-line/options.ts'
import { readServiceEnvironment, type ServiceEnvironment } from './service-environment.ts'

/** An emulator's errors list the names of services; what answers at its port may be something else. */
const maxErrorLength = 2_000

/** An emulator that runs in another process. */
export interface RunningEmulator {
  /** Its base URL. */
  url: string
  /** What to put in a service's environment: nothing but what emulators set. */
  env(service: string): Promise<ServiceEnvironment>
  /** Asks something of it; its answer's JSON, if it has any. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  /** What has happened in it and what happens, until it ends or lets a slow reader go. */
  events(): AsyncGenerator<EmulatorEvent>
}

/** The option of the commands that speak to a running emulator. */
export interface EmulatorOptions {
  emulator?: string
}

/** Gives a command the option that says where the emulator is. */
export function withEmulatorOption(command: Command): Command {
  return command.option(
    '--emulator <url>',
    `where it runs (default: COUNTERSIGN_EMULATOR, else http://127.0.0.1:${defaultPort})`,
  )
}

/** The emulator that a command is for. */
export function runningEmulator({ emulator }: EmulatorOptions): RunningEmulator {
  const given = emulator ?? (readEnvironment().COUNTERSIGN_EMULATOR || undefined)
  const url = httpUrl(given ?? `http://127.0.0.1:${defaultPort}`)
  async function ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<unknown> {
    const answer = await send(url, path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    return read(answer, url)
  }
  return {
    url,
    ask,
    events: () => eventsOf(url),
    env: async (service) => {
      const path = `/emulator/v1/services/${encodeURIComponent(service)}/env`
      return readServiceEnvironment(await ask('GET', path), url)
    },
  }
}

async function* eventsOf(url: string): AsyncGenerator<EmulatorEvent> {
  const { body } = await send(url, '/emulator/v1/events', {})
  if (!body) throw notThere(`What answers at ${url} is no emulator, or an older one`, undefined)
  const messages = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
  try {
    for await (const { data } of messages) yield JSON.parse(data)
  } catch (cause) {
    throw notThere(`The emulator at ${url} has ended`, cause)
  }
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw usageFailure(
    `"${redact(text)}" is no emulator's URL`,
    `Write it as http://127.0.0.1:${defaultPort}`,
  )
}

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url + path, { redirect: 'error', ...init })
  } catch (cause) {
    throw notThere(`No emulator answers at ${url}`, cause)
  }
}

async function read(answer: Response, url: string): Promise<unknown> {
  if (answer.status === 204) return undefined
  const value: unknown = await answer.json().catch((cause: unknown) => {
    throw notThere(`What answers at ${url} is no emulator, or an older one`, cause)
  })
  if (answer.ok) return value
  const { error } = value as { error?: unknown }
  if (typeof error !== 'string') {
    throw notThere(`What answers at ${url} is no emulator, or an older one`, undefined)
  }
  throw new Failure(redact(error, maxErrorLength), { exitCode: exitCodes.usage })
}

function notThere(message: string, cause: unknown): Failure {
  return new Failure(message, {
    exitCode: exitCodes.unavailable,
    hint: 'Run countersign dev or countersign emulator, or say with --emulator where it is.',
    cause,
  })
}

/**
 * A service's identity at a running emulator: its own metadata server, as the service would use it.
 */
export async function serviceIdentity(
  emulator: RunningEmulator,
  service: string,
): Promise<IdentitySource> {
  const { GCE_METADATA_HOST: host = '' } = await emulator.env(service)
  return metadataServer({ host })
}

/** Where a service is called, and for whom its tokens are. */
export interface ServiceAddress {
  frontDoor: string
  audience: string
}

/**
 * Where a service is, at a running emulator.
 *
 * @throws {Failure} if nobody can call it
 */
export async function serviceAddress(
  emulator: RunningEmulator,
  service: string,
): Promise<ServiceAddress> {
  const env = await emulator.env(service)
  const frontDoor = frontDoors(env)[service]
  const [audience] = (env.COUNTERSIGN_AUDIENCE ?? '').split(',')
  if (frontDoor !== undefined && audience) return { frontDoor, audience }
  throw new Failure(`"${service}" can't be called: the policy gives it no url`, {
    exitCode: exitCodes.usage,
  })
}

function frontDoors({ COUNTERSIGN_SERVICE_URLS: urls = '{}' }: ServiceEnvironment) {
  return JSON.parse(urls) as Readonly<Record<string, string>>
}
