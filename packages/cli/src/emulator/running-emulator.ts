import { type IdentitySource, metadataServer } from '@countersign/caller'
import type { EmulatorEvent } from '@countersign/emulator'
import { silenceEmulatorWarning } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { exitCodes, Failure, usageFailure } from '../command-line/failure.ts'
import { defaultPort } from '../command-line/options.ts'
import { ownCommand } from '../command-line/own-command.ts'
import {
  readGcloudEnvironment,
  readServiceEnvironment,
  type ServiceEnvironment,
} from './service-environment.ts'

/** An emulator's errors list the names of services, but another program could answer at its port. */
const maxErrorLength = 2_000

/** An emulator that runs in another process. */
export interface RunningEmulator {
  /** The emulator's base URL. */
  url: string
  /** Returns the environment for a service: only variables that emulators set. */
  env(service: string): Promise<ServiceEnvironment>
  /** The environment with which gcloud finds it: only variables that emulators set. */
  gcloudEnv(): Promise<ServiceEnvironment>
  /** Sends a request; resolves with the answer's JSON, if it has any. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  /** Past and new events, until the emulator ends or disconnects a slow reader. */
  events(signal?: AbortSignal): AsyncGenerator<EmulatorEvent>
}

/** The option of the commands that use a running emulator. */
export interface EmulatorOptions {
  emulator?: string
}

/** Adds the option for the emulator's URL to a command. */
export function withEmulatorOption(command: Command): Command {
  return command.option(
    '--emulator <url>',
    `the emulator's URL (default: COUNTERSIGN_EMULATOR, or else http://127.0.0.1:${defaultPort})`,
  )
}

/** Returns the running emulator that a command uses, which need not be warned of it. */
export function runningEmulator({ emulator }: EmulatorOptions): RunningEmulator {
  silenceEmulatorWarning()
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
    events: (signal) => eventsOf(url, signal),
    gcloudEnv: async () => readGcloudEnvironment(await ask('GET', '/emulator/v1/gcloud/env'), url),
    env: async (service) => {
      const path = `/emulator/v1/services/${encodeURIComponent(service)}/env`
      return readServiceEnvironment(await ask('GET', path), url)
    },
  }
}

async function* eventsOf(
  url: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<EmulatorEvent> {
  const { body } = await send(url, '/emulator/v1/events', signal ? { signal } : {})
  if (!body)
    throw notThere(`The program at ${url} is not an emulator, or is an older version`, undefined)
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
    `The emulator's URL must be an http URL, but is "${redact(text)}"`,
    `Write --emulator http://127.0.0.1:${defaultPort}.`,
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
    throw notThere(`The program at ${url} is not an emulator, or is an older version`, cause)
  })
  if (answer.ok) return value
  const { error } = value as { error?: unknown }
  if (typeof error !== 'string') {
    throw notThere(`The program at ${url} is not an emulator, or is an older version`, undefined)
  }
  throw new Failure(redact(error, maxErrorLength), { exitCode: exitCodes.usage })
}

function notThere(message: string, cause: unknown): Failure {
  return new Failure(message, {
    exitCode: exitCodes.unavailable,
    hint: `Run ${ownCommand()} dev or ${ownCommand()} emulator, or write its URL with --emulator.`,
    cause,
  })
}

/**
 * Returns a service's identity at a running emulator: the metadata server that the service uses.
 */
export async function serviceIdentity(
  emulator: RunningEmulator,
  service: string,
): Promise<IdentitySource> {
  const { GCE_METADATA_HOST: host = '' } = await emulator.env(service)
  return metadataServer({ host })
}

/** The URL at which a service is called, and the audience of tokens for it. */
export interface ServiceAddress {
  frontDoor: string
  audience: string
}

/**
 * Returns the address of a service at a running emulator.
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
  throw new Failure(`"${service}" can't be called, since the policy gives it no url`, {
    exitCode: exitCodes.usage,
    hint: `Write "url" in "${service}", or "projectNumber" and "region" in its environment.`,
  })
}

function frontDoors({ COUNTERSIGN_SERVICE_URLS: urls = '{}' }: ServiceEnvironment) {
  return JSON.parse(urls) as Readonly<Record<string, string>>
}
