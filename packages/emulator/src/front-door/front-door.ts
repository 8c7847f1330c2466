import type { Server } from 'node:http'
import type { Service } from '@countersign/policy'
import { createPassingServer, type Exchange } from '@countersign/shared/exchange/passing-server'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { reportOwnFault } from '../http/own-fault.ts'
import { type Door, handleCall } from './handle-call.ts'
import { isOpen } from './iam.ts'

/** Cloud Run in front of one service. */
export interface FrontDoor {
  server: Server
  /** Sends calls to this http origin from now on. */
  forwardTo(origin: URL): void
  /** Makes the names and routes of a newer policy count, whose grants `iam` has already. */
  follow(service: Service): void
  /** Whether it admits everybody. */
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

/** A front door that decides by the service's allow policy, removes signatures, and forwards calls. */
export function createFrontDoor(
  { google, iam, journal, around }: Pick<Door, 'google' | 'iam' | 'journal' | 'around'>,
  { service, url, app }: FrontDoorOptions,
): FrontDoor {
  const door: Door = {
    google,
    iam,
    journal,
    around,
    ...rightsAt(service, google),
    host: url.host,
    app,
  }
  return {
    server: createFrontDoorServer((call) => handleCall(call, door)),
    forwardTo: (origin) => {
      door.app = origin
    },
    follow: (newer) => {
      Object.assign(door, rightsAt(newer, google))
    },
    isPublic: () => {
      const { accounts } = google
      return isOpen(iam.accessOf(service.name), { accounts, grants: iam.grantsOn(service.name) })
    },
  }
}

function rightsAt(
  service: Service,
  { allowedHosts }: Door['google'],
): Pick<Door, 'service' | 'hosts'> {
  return {
    service,
    hosts: new Set([...allowedHosts, ...hostsOf(service)]),
  }
}

function hostsOf({ url, audiences }: Service): string[] {
  return [url, ...audiences].flatMap((value) => parsedUrl(value ?? '')?.hostname ?? [])
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
