import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import { createPassingServer, type Exchange } from '@countersign/shared/exchange/passing-server'
import { reportOwnFault } from '../http/own-fault.ts'
import { type Door, handleCall } from './handle-call.ts'
import { invokersOf } from './iam.ts'

/** Cloud Run in front of one service. */
export interface FrontDoor {
  server: Server
  /** Sends calls to this http origin from now on. */
  forwardTo(origin: URL): void
  /** Makes the rights of a newer policy count, which `google` has already. */
  follow(service: Service): void
  /** Grants `run.invoker` to everybody, or takes it away. */
  setPublic(isPublic: boolean): void
  /** Whether everybody has `run.invoker`. */
  isPublic(): boolean
}

/** A service that has a URL. */
export interface FrontDoorOptions {
  service: Service
  /** Its URL in production: the host that the app sees. */
  url: URL
  /** Where the app listens, an http origin. */
  app: URL
}

/**
 * A front door that checks `run.invoker` as granted by the policy, removes signatures, and forwards
 * the call.
 */
export function createFrontDoor(
  { google, journal, around }: Pick<Door, 'google' | 'journal' | 'around'>,
  { service, url, app }: FrontDoorOptions,
): FrontDoor {
  const door: Door = {
    google,
    journal,
    around,
    ...rightsAt(service, google),
    host: url.host,
    app,
    isPublic: service.public,
  }
  return {
    server: createFrontDoorServer((call) => handleCall(call, door)),
    forwardTo: (origin) => {
      door.app = origin
    },
    follow: (newer) => {
      // What `setPublic` set stays, unless the policy changed just that.
      if (newer.public !== door.service.public) door.isPublic = newer.public
      Object.assign(door, rightsAt(newer, google))
    },
    setPublic: (isPublic) => {
      door.isPublic = isPublic
    },
    isPublic: () => door.isPublic,
  }
}

function rightsAt(
  service: Service,
  { allowedHosts, policy, accounts }: Door['google'],
): Pick<Door, 'service' | 'hosts' | 'invokers'> {
  return {
    service,
    hosts: new Set([...allowedHosts, ...hostsOf(service)]),
    invokers: invokersOf(policy, service.name, accounts),
  }
}

function hostsOf({ url, audiences }: Service): string[] {
  return [url, ...audiences]
    .filter((value) => value !== undefined && URL.canParse(value))
    .map((value) => new URL(String(value)).hostname)
}

/**
 * Creates the server of a front door.
 *
 * @param handle answers a call; if it rejects, the connection is closed
 */
export function createFrontDoorServer(handle: (call: Exchange) => Promise<void>): Server {
  return createPassingServer((call) => {
    handle(call).catch((error) => {
      const { request, response } = call
      if (!response.destroyed) reportOwnFault(`hand on ${request.method} ${pathOf(request)}`, error)
      response.destroy()
    })
  })
}

function pathOf({ url = '' }: Exchange['request']): string {
  return url.split('?', 1).join()
}
