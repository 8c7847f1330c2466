import { isIP } from 'node:net'
import type { Policy, Service } from '@countersign/policy'
import { hostOfAddress, httpOrigin } from '../http/hosts.ts'
import type { Address } from '../http/listen.ts'
import type { StartEmulatorOptions } from '../start-emulator-options.ts'

/** The addresses of an emulator's servers, and of the apps behind them. */
export interface Network {
  /** The address of each server, and the host name in its URL. */
  address: Address
  /** The port of Google's APIs; 0 for any free one. */
  port: number
  /** The ports of a service's servers. */
  portsOf(service: Service): ServicePorts
  /** Where a service's app listens; undefined if it is on this machine. */
  appOf(service: Service): URL | undefined
}

/** Ports of one service; 0 for any free one. */
export interface ServicePorts {
  metadata: number
  frontDoor: number
}

/**
 * Reads the options about addresses and ports.
 *
 * @throws {TypeError} if an option is wrong; it names the option
 */
export function readNetwork(options: StartEmulatorOptions): Network {
  const { policy, port = 0, portsFrom } = options
  const apps = checkedApps(options.apps ?? {}, policy)
  const frontDoors = checkedPorts(options.frontDoorPorts ?? {}, policy)
  assertPort('port', port)
  const row = portRow(portsFrom, policy)
  return {
    address: readAddress(options),
    port,
    portsOf: ({ name }) => {
      const { metadata, frontDoor } = row(name)
      return { metadata, frontDoor: frontDoors.get(name) ?? frontDoor }
    },
    appOf: ({ name }) => apps.get(name),
  }
}

/** Two ports for each service, in the policy's order. */
function portRow(
  from: number | undefined,
  { services }: Policy,
): (service: string) => ServicePorts {
  if (from === undefined) return () => ({ metadata: 0, frontDoor: 0 })
  assertPort('portsFrom', from)
  const last = from + 2 * services.size - 1
  if (last > 65_535) {
    throw new TypeError(
      `portsFrom must leave room for two ports for each service, but the last one would be ${last}: write at most ${65_536 - 2 * services.size}`,
    )
  }
  const names = [...services.keys()]
  return (service) => {
    const metadata = from + 2 * names.indexOf(service)
    return { metadata, frontDoor: metadata + 1 }
  }
}

function checkedPorts(
  ports: Readonly<Record<string, number>>,
  policy: Policy,
): ReadonlyMap<string, number> {
  for (const [name, port] of Object.entries(ports)) {
    assertPort(`frontDoorPorts["${name}"]`, port)
    assertCallable('frontDoorPorts', name, policy)
  }
  return new Map(Object.entries(ports))
}

function checkedApps(
  apps: Readonly<Record<string, string>>,
  policy: Policy,
): ReadonlyMap<string, URL> {
  return new Map(
    Object.entries(apps).map(([name, app]) => {
      assertCallable('apps', name, policy)
      const url = httpOrigin(app)
      if (url) return [name, url]
      throw new TypeError(
        `apps["${name}"] must be an http origin, but is "${app}": write one such as "http://api:8080"`,
      )
    }),
  )
}

function assertCallable(option: string, name: string, { services }: Policy): void {
  if (services.get(name)?.url !== undefined) return
  throw new TypeError(
    `${option} must name services that have a url, but names "${name}": leave it out, or give the service a url in the policy`,
  )
}

function readAddress({ host = '127.0.0.1', hostname }: StartEmulatorOptions): Address {
  // A zone, as in fe80::1%eth0, has no place in a URL.
  if (isIP(host) === 0 || host.includes('%')) {
    throw new TypeError(`host must be an IP address, but is "${host}": write one such as "0.0.0.0"`)
  }
  if (hostname === undefined) return { host, hostname: hostOfAddress(host) }
  if (/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(hostname)) {
    return { host, hostname: hostname.toLowerCase() }
  }
  throw new TypeError(
    `hostname must be a host name, but is "${hostname}": write one such as "emulator"`,
  )
}

function assertPort(option: string, port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new TypeError(
    `${option} must be a port, but is ${port}: write a number from 1 to 65535, or 0 for any free one`,
  )
}
