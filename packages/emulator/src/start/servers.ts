import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import { createApiServer, type Later } from '../apis/routes.ts'
import { createFrontDoor, type FrontDoor } from '../front-door/front-door.ts'
import type { Google } from '../google/google.ts'
import { type Listening, listen, reservePorts } from '../http/listen.ts'
import { createMetadataServer } from '../metadata/metadata-server.ts'
import type { Network, ServicePorts } from './network.ts'

/** Every server of an emulator, listening. */
export interface Servers {
  api: Listening
  /** By the service's name. */
  services: ReadonlyMap<string, ServiceServers>
  /** Ends every connection. Resolves once the ports are free again. */
  close(): Promise<void>
}

/** What one service has. */
export interface ServiceServers {
  service: Service
  metadata: Listening
  /** Undefined for a job or a cron, which nobody calls. */
  frontDoor: OpenFrontDoor | undefined
  /** Where its app is to listen. */
  appPort: number
}

/** A front door that listens. */
export type OpenFrontDoor = Omit<FrontDoor, 'server'> & FrontDoorAddress

/** Where a service is called. */
export type FrontDoorAddress = Pick<Listening, 'url' | 'localUrl'>

/** What {@link startServers} is told. */
export interface ServerOptions extends Omit<Later, 'url'> {
  network: Network
}

/** Where one service's servers listen, and its app. */
interface ServicePlace {
  service: Service
  app: URL
  ports: ServicePorts
}

type Start = (server: Server, port?: number) => Promise<Listening>

/**
 * Starts all servers at once. Where one can't start, the others are stopped again.
 *
 * @param google what they know
 * @param options where they listen; the rest is asked once all do
 */
export async function startServers(
  google: Google,
  { network, ...later }: ServerOptions,
): Promise<Servers> {
  const services = [...google.policy.services.values()]
  const reserved = await reservePorts(services.length)
  const started: Promise<Listening>[] = []
  const start: Start = (server, wanted) => {
    const listening = listen(server, wanted, network.address)
    started.push(listening)
    return listening
  }
  const close = (): Promise<void> => closeAll(started)
  try {
    const apiStarts = startApis(google, start, { port: network.port, later })
    const serviceStarts = services.map((service, index) => {
      const appPort = service.port ?? reserved.ports[index] ?? 0
      const app = network.appOf(service) ?? new URL(`http://localhost:${appPort}`)
      return startService(google, start, { service, app, ports: network.portsOf(service) })
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

async function startApis(
  google: Google,
  start: Start,
  { port, later }: { port: number; later: Omit<Later, 'url'> },
): Promise<Listening> {
  const api = start(createApiServer(google, { url: () => url, ...later }), port)
  const { url } = await api
  return api
}

/** Both servers are started before the first `await`: `closeAll` must know of them. */
async function startService(
  google: Google,
  start: Start,
  place: ServicePlace,
): Promise<ServiceServers> {
  const { service, app, ports } = place
  const metadata = start(createMetadataServer(google, service), ports.metadata)
  const frontDoor = startFrontDoor(google, start, place)
  const appPort = Number(app.port || 80)
  return { service, appPort, metadata: await metadata, frontDoor: await frontDoor }
}

async function startFrontDoor(
  google: Google,
  start: Start,
  { service, app, ports }: ServicePlace,
): Promise<OpenFrontDoor | undefined> {
  if (service.url === undefined) return undefined
  const { server, ...door } = createFrontDoor(google, { service, url: new URL(service.url), app })
  const { url, localUrl } = await start(server, ports.frontDoor)
  return { ...door, url, localUrl }
}

async function closeAll(started: readonly Promise<Listening>[]): Promise<void> {
  const settled = await Promise.allSettled(started)
  await Promise.all(settled.map((one) => one.status === 'fulfilled' && one.value.close()))
}

/**
 * A service's servers.
 *
 * @param name the service's
 * @param servers everybody's
 * @throws TypeError where the policy has no such service
 */
export function serviceNamed(
  name: string,
  { services }: Pick<Servers, 'services'>,
): ServiceServers {
  const found = services.get(name)
  if (found) return found
  const known = [...services.keys()].join(', ')
  throw new TypeError(`The policy has no service "${name}". Its services: ${known}`)
}

/**
 * A service's front door.
 *
 * @param name the service's
 * @param servers everybody's
 * @throws TypeError where the policy has no such service, or it has no URL
 */
export function frontDoorOf(name: string, servers: Pick<Servers, 'services'>): OpenFrontDoor {
  const { frontDoor } = serviceNamed(name, servers)
  if (frontDoor) return frontDoor
  throw new TypeError(`"${name}" has no front door: the policy gives it no url, so it only calls`)
}
