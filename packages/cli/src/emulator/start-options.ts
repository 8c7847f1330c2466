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

/** Gives a command the argument and the options that starting an emulator takes. */
export function withStartOptions(command: Command): Command {
  return command
    .argument('[policy]', 'the policy file (default: countersign.jsonc in this folder)')
    .option('-e, --environment <name>', "which of the policy's environments")
    .option(
      '-p, --port <port>',
      "of Google's APIs and the page; 0 for any free one",
      port,
      defaultPort,
    )
    .option(
      '--pubsub-emulator <host>',
      "where Google's Pub/Sub emulator listens, such as 127.0.0.1:8085: what is published there is pushed signed",
    )
    .option('--record <file>', 'gets all that happens, for the page to open; overwritten')
    .option('--json', 'one line of JSON for each thing said')
}

/** What the options say, for `startEmulator`. */
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

/** The options that put an emulator into the network of other machines. */
export interface NetworkOptions {
  host?: string
  hostname?: string
  portsFrom?: number
  app?: Readonly<Record<string, string>>
}

/** Gives a command the options that put an emulator into the network of other machines. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option(
      '--host <address>',
      'the IP address to listen on; on another than loopback, whoever reaches it gets tokens of any service (default: 127.0.0.1)',
    )
    .option('--hostname <name>', 'the name under which services reach it (default: the address)')
    .option(
      '--ports-from <port>',
      "the first of a row of ports: two for each service, its metadata server's and its front door's",
      port,
    )
    .option(
      '--app <service=origin>',
      'where an app listens that is on another machine; may be given again',
      origins,
    )
}

/** What the options say, for `startEmulator`. */
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
