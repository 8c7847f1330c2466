import type { StartEmulatorOptions } from '@countersign/emulator'
import { type Command, InvalidArgumentError } from 'commander'
import { defaultPort, port } from '../command-line/options.ts'
import { type PolicyOnDisk, readPolicy } from '../policy/policy-file.ts'

/** The options of the commands that start an emulator. */
export interface StartOptions {
  environment?: string
  port: number
  pubsubEmulator?: string
  record?: string
  json?: boolean
}

/** Adds the argument and the options for starting an emulator to a command. */
export function withStartOptions(command: Command): Command {
  return command
    .argument('[policy]', 'the policy file (default: countersign.jsonc in this folder)')
    .option('-e, --environment <name>', "one of the policy's environments")
    .option(
      '-p, --port <port>',
      'port of the Google APIs and the page; 0 picks a free one',
      port,
      defaultPort,
    )
    .option(
      '--pubsub-emulator <host>',
      "address of Google's Pub/Sub emulator, such as 127.0.0.1:8085: its messages are pushed with signed tokens",
    )
    .option(
      '--record <file>',
      'write all events to this file, which the page can open; overwrites it',
    )
    .option('--json', 'print one JSON line per message')
}

/** Reads the policy and the options for `startEmulator`. */
export async function readStartOptions(
  given: string | undefined,
  { environment, port, pubsubEmulator, record }: StartOptions,
): Promise<PolicyOnDisk & { start: StartEmulatorOptions }> {
  const onDisk = await readPolicy(given, environment)
  const start = {
    policy: onDisk.policy,
    port,
    ...(pubsubEmulator !== undefined && { pubsubEmulator }),
    ...(record !== undefined && { record }),
  }
  return { ...onDisk, start }
}

/** The options for an emulator that other machines use. */
export interface NetworkOptions {
  host?: string
  hostname?: string
  portsFrom?: number
  app?: Readonly<Record<string, string>>
}

/** Adds the options for an emulator that other machines use to a command. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option(
      '--host <address>',
      'IP address to listen on; if it is not loopback, everybody who can reach it can get tokens of any service (default: 127.0.0.1)',
    )
    .option('--hostname <name>', 'host name that services use for it (default: the address)')
    .option(
      '--ports-from <port>',
      'first of consecutive ports: two for each service, for its metadata server and its front door',
      port,
    )
    .option(
      '--app <service=origin>',
      'origin of an app on another machine; can be repeated',
      origins,
    )
}

/** Reads the network options for `startEmulator`. */
export function readNetworkOptions(
  options: NetworkOptions,
): Pick<StartEmulatorOptions, 'host' | 'hostname' | 'portsFrom' | 'apps'> {
  const { host, hostname, portsFrom, app } = options
  return {
    ...(host !== undefined && { host }),
    ...(hostname !== undefined && { hostname }),
    ...(portsFrom !== undefined && { portsFrom }),
    ...(app !== undefined && { apps: app }),
  }
}

function origins(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, service, origin] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (service && origin) return { ...before, [service]: origin }
  throw new InvalidArgumentError('Write it as login=http://login:8080')
}
