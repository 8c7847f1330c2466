import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import type { Journal } from '../events/journal.ts'
import { createFrontDoor, type FrontDoor } from '../front-door/front-door.ts'
import type { Google } from '../google/google.ts'
import { type Listening, listen, reservePorts } from '../http/listen.ts'
import { refuseTunnels } from '../http/proxy.ts'
import type { Around } from '../http/route.ts'
import { createWaitingServer, type WaitingServer } from '../http/server.ts'
import type { Iam } from '../iam/iam.ts'
import { createMetadataServer } from '../metadata/metadata-server.ts'
import type { Network, ServicePorts } from './network.ts'

/** Every server of an emulator, listening. */
export interface Servers {
  api: OpenApi
  /** By the service's name. */
  services: ReadonlyMap<string, ServiceServers>
  /** Ends every connection. Resolves once the ports are free again. */
  close(): Promise<void>
}

/** The server of Google's APIs; requests wait until `answerBy` is called. */
type OpenApi = Listening & Pick<WaitingServer, 'answerBy'>

/** The servers of one service. */
export interface ServiceServers {
  /** As the newest policy has it. */
  service: Service
  metadata: Listening
  /** Undefined for a job or a cron, which nobody calls. */
  frontDoor: OpenFrontDoor | undefined
  /** The port for its app. */
  appPort: number
}

/** A front door that listens. */
export type OpenFrontDoor = Omit<FrontDoor, 'server'> & Pick<Listening, 'url' | 'localUrl'>

/** The parts that the servers need. */
interface ServerParts {
  google: Google
  iam: Iam
  journal: Journal
  around: Around
}

/** Where one service's servers listen, and its app. */
interface ServiceAddresses {
  service: Service
  app: URL
  ports: ServicePorts
}

/** `what` names the server in the error if its port is taken. */
type Start = (server: Server, wanted: number, what: string) => Promise<Listening>

/** Starts all servers at once. If one can't start, the others are stopped again. */
export async function startServers(parts: ServerParts, network: Network): Promise<Servers> {
  const services = [...parts.google.policy.services.values()]
  const reserved = await reservePorts(services.length)
  const started: Promise<Listening>[] = []
  function start(server: Server, wanted: number, what: string): Promise<Listening> {
    const listening = named(what, listen(server, wanted, network.address))
    started.push(listening)
    return listening
  }
  function close(): Promise<void> {
    return closeAll(started)
  }
  try {
    const apiStarts = startApi(start, network.port)
    const serviceStarts = services.map((service, index) => {
      const appPort = service.port ?? reserved.ports[index] ?? 0
      const app = network.appOf(service) ?? new URL(`http://localhost:${appPort}`)
      return startService(parts, start, { service, app, ports: network.portsOf(service) })
    })
    const [api, opened] = await Promise.all([apiStarts, Promise.all(serviceStarts)])
    return { api, services: new Map(opened.map((one) => [one.service.name, one])), close }
  } catch (error) {
    await close()
    throw error
  } finally {
    await reserved.release()
  }
}

async function startApi(start: Start, port: number): Promise<OpenApi> {
  const { server, answerBy } = createWaitingServer()
  refuseTunnels(server)
  return { ...(await start(server, port, 'the Google APIs and the page')), answerBy }
}

/** Both servers are started before the first `await`: `closeAll` must know of them. */
async function startService(
  parts: ServerParts,
  start: Start,
  place: ServiceAddresses,
): Promise<ServiceServers> {
  const { service, app, ports } = place
  const { google, journal, around } = parts
  const surroundings = { around, record: journal.record }
  const server = createMetadataServer(google, service, surroundings)
  const metadata = start(server, ports.metadata, `the metadata server of ${service.name}`)
  const frontDoor = startFrontDoor(parts, start, place)
  const appPort = Number(app.port || 80)
  return { service, appPort, metadata: await metadata, frontDoor: await frontDoor }
}

async function startFrontDoor(
  parts: ServerParts,
  start: Start,
  { service, app, ports }: ServiceAddresses,
): Promise<OpenFrontDoor | undefined> {
  if (service.url === undefined) return undefined
  const { server, ...door } = createFrontDoor(parts, { service, url: new URL(service.url), app })
  const { url, localUrl } = await start(
    server,
    ports.frontDoor,
    `the front door of ${service.name}`,
  )
  return { ...door, url, localUrl }
}

/** Says in an error, such as that of a taken port, which server could not start. */
function named(what: string, listening: Promise<Listening>): Promise<Listening> {
  return listening.catch((error: Error) => {
    error.message = `${what}: ${error.message}`
    throw error
  })
}

async function closeAll(started: readonly Promise<Listening>[]): Promise<void> {
  const settled = await Promise.allSettled(started)
  await Promise.all(settled.map((one) => one.status === 'fulfilled' && one.value.close()))
}

/**
 * A service's servers.
 *
 * @throws {TypeError} if the policy has no such service
 */
export function serviceNamed(
  name: string,
  { services }: Pick<Servers, 'services'>,
): ServiceServers {
  const found = services.get(name)
  if (found) return found
  const known = [...services.keys()].join(', ')
  throw new TypeError(`The policy has no service "${name}": write one of ${known}`)
}

/**
 * A service's front door.
 *
 * @throws {TypeError} if the policy has no such service, or the service has no URL
 */
export function frontDoorOf(name: string, servers: Pick<Servers, 'services'>): OpenFrontDoor {
  const { frontDoor } = serviceNamed(name, servers)
  if (frontDoor) return frontDoor
  throw new TypeError(
    `"${name}" has no front door, since it has no url in the policy: add a url if others call it`,
  )
}
