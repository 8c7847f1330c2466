import { emulatorUrl } from '@countersign/shared/emulator-guard'
import type { Environment } from '@countersign/shared/environment'
import { frontDoorsByService, frontDoorsByUrl } from '@countersign/shared/front-doors'
import { isRunApp, isThisMachine, withoutRevisionTag } from './hosts.ts'

/** The emulator that stands in for Google, and the services behind it. */
export interface Emulation {
  url: URL
  /** The name of this service in the policy, if the emulator started it. */
  service: string | undefined
  /** Returns the URL of the front door for a service's URL in production; any other URL unchanged. */
  localUrl(url: URL): URL
  /** The name of the service that a front door, or a URL in production, belongs to. */
  serviceAt(url: URL): string | undefined
  /** Whether a URL leads to this machine, to the emulator's host or to a front door. */
  isWithin(url: URL): boolean
  /** Whether calls may leave: then the emulator's tokens are genuine (`countersign dev --only`). */
  mayLeave: boolean
}

/**
 * Reads what the emulator sets in the environment of a service; undefined without an emulator.
 *
 * @throws {TypeError} if a variable is wrong, or the emulator must not count here
 */
export function readEmulation(env: Environment): Emulation | undefined {
  const url = emulatorUrl(env)
  if (url === undefined) return undefined
  const frontDoors = [...frontDoorsByUrl(env)].map(readFrontDoor)
  const services = [...frontDoorsByService(env)].map(([name, door]) => {
    return { name, ...placeOf(door) }
  })
  const origins = new Set([...frontDoors.map(({ door }) => door), ...services.map(originOf)])

  function localUrl(asked: URL): URL {
    const found = frontDoors.find((place) => isAt(place, asked))
    if (found === undefined) return asked
    return new URL(found.door + asked.href.slice(asked.origin.length))
  }

  return {
    url,
    service: env.COUNTERSIGN_SERVICE || undefined,
    localUrl,
    serviceAt: (asked) => services.find((place) => isAt(place, localUrl(asked)))?.name,
    isWithin: ({ hostname, origin }) =>
      isThisMachine(hostname) || hostname === url.hostname || origins.has(origin),
    mayLeave: env.COUNTERSIGN_EMULATOR_ALLOW_BEYOND === 'yes',
  }
}

/** An origin, and the path that URLs have to begin with. */
interface Place {
  origin: string
  /** Without a slash at the end; empty for a whole origin. */
  prefix: string
}

function readFrontDoor([production, door]: [string, string]): Place & { door: string } {
  return { ...placeOf(production), door: new URL(door).origin }
}

function placeOf(text: string): Place {
  const { origin, pathname } = new URL(text)
  return { origin, prefix: pathname.replace(/\/$/, '') }
}

function originOf({ origin }: Place): string {
  return origin
}

/** A URL with a user is at no place, so that it is refused as it is. */
function isAt({ origin, prefix }: Place, url: URL): boolean {
  if (url.username || url.password) return false
  const asked = isRunApp(url.hostname) ? withoutRevisionTag(url.origin) : url.origin
  return asked === origin && `${url.pathname}/`.startsWith(`${prefix}/`)
}
